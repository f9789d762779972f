-- CreateEnum
CREATE TYPE "push_state" AS ENUM ('queued', 'running', 'succeeded', 'failed', 'cancelled');

-- CreateTable
CREATE TABLE "push" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "build_id" UUID NOT NULL,
    "reference" TEXT NOT NULL,
    "secret_id" UUID,
    "secret_name" TEXT,
    "secret_version_id" UUID,
    "secret_version" INTEGER,
    "trigger" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "requester_name" TEXT NOT NULL,
    "state" "push_state" NOT NULL DEFAULT 'queued',
    "cause" TEXT,
    "error" JSONB,
    "progress" JSONB,
    "digest" TEXT,
    "sent_bytes" BIGINT NOT NULL DEFAULT 0,
    "mounted_bytes" BIGINT NOT NULL DEFAULT 0,
    "present_bytes" BIGINT NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "losses" INTEGER NOT NULL DEFAULT 0,
    "worker_id" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "cancel_requested_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "push_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "push_target" (
    "image_id" UUID NOT NULL,
    "reference" TEXT NOT NULL,
    "secret_name" TEXT,
    "is_automatic" BOOLEAN NOT NULL,
    "changed_by" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "push_target_pkey" PRIMARY KEY ("image_id")
);

-- CreateIndex
CREATE INDEX "push_build_id_created_at_idx" ON "push"("build_id", "created_at");

-- CreateIndex
CREATE INDEX "push_workspace_id_idx" ON "push"("workspace_id");

-- CreateIndex
CREATE INDEX "push_queue" ON "push"("id") WHERE (state = 'queued');

-- CreateIndex
CREATE INDEX "push_leases" ON "push"("lease_until") WHERE (state = 'running');

-- AddForeignKey
ALTER TABLE "push" ADD CONSTRAINT "push_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "push" ADD CONSTRAINT "push_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "build"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "push_target" ADD CONSTRAINT "push_target_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A push has ended exactly when it is in a final state.
ALTER TABLE "push"
  ADD CONSTRAINT "push_ended" CHECK (("state" IN ('queued', 'running')) = ("ended_at" IS NULL)),
  ADD CONSTRAINT "push_counts" CHECK ("attempt" >= 0 AND "epoch" >= 0 AND "losses" >= 0);
