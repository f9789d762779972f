-- CreateEnum
CREATE TYPE "preflight_state" AS ENUM ('queued', 'running', 'ended', 'abandoned');

-- AlterTable
ALTER TABLE "build" ADD COLUMN     "secret_why" TEXT;

-- AlterTable
ALTER TABLE "secret" ADD COLUMN     "repositories" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "preflight" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "requested_by" TEXT NOT NULL,
    "is_asked" BOOLEAN NOT NULL,
    "reference" TEXT,
    "platform" TEXT NOT NULL,
    "secret_id" UUID,
    "secret_version_id" UUID,
    "draft" JSONB,
    "draft_sealed" BYTEA,
    "state" "preflight_state" NOT NULL DEFAULT 'queued',
    "checks" JSONB NOT NULL DEFAULT '[]',
    "allowance" JSONB,
    "is_refused" BOOLEAN NOT NULL DEFAULT false,
    "worker_id" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "preflight_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pull_allowance" (
    "workspace_id" UUID NOT NULL,
    "registry" TEXT NOT NULL,
    "credential" TEXT NOT NULL,
    "limit" INTEGER NOT NULL,
    "remaining" INTEGER NOT NULL,
    "window_seconds" INTEGER,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pull_allowance_pkey" PRIMARY KEY ("workspace_id","registry","credential")
);

-- CreateIndex
CREATE INDEX "preflight_workspace_id_secret_version_id_reference_idx" ON "preflight"("workspace_id", "secret_version_id", "reference");

-- CreateIndex
CREATE INDEX "preflight_requested_by_created_at_idx" ON "preflight"("requested_by", "created_at");

-- CreateIndex
CREATE INDEX "preflight_queue" ON "preflight"("id") WHERE (state = 'queued');

-- CreateIndex
CREATE INDEX "preflight_leases" ON "preflight"("lease_until") WHERE (state = 'running');

-- CreateIndex
CREATE INDEX "preflight_created_at_idx" ON "preflight"("created_at");

-- CreateIndex
CREATE INDEX "build_workspace_id_reference_number_idx" ON "build"("workspace_id", "reference", "number" DESC);

-- AddForeignKey
ALTER TABLE "preflight" ADD CONSTRAINT "preflight_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pull_allowance" ADD CONSTRAINT "pull_allowance_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A check ends exactly when it is over, and keeps no draft from then on.
ALTER TABLE "preflight"
  ADD CONSTRAINT "preflight_ended" CHECK (("state" IN ('queued', 'running')) = ("ended_at" IS NULL)),
  ADD CONSTRAINT "preflight_draft" CHECK (("draft" IS NULL) = ("draft_sealed" IS NULL)),
  ADD CONSTRAINT "preflight_forgets" CHECK ("ended_at" IS NULL OR "draft" IS NULL);

ALTER TABLE "pull_allowance"
  ADD CONSTRAINT "pull_allowance_counts" CHECK ("limit" >= 0 AND "remaining" >= 0);
