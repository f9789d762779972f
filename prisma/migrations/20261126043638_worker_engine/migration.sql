-- AlterTable
ALTER TABLE "worker" ADD COLUMN "engine" JSONB;
