-- AlterTable
ALTER TABLE "image_hold" ADD COLUMN     "reference" TEXT;
