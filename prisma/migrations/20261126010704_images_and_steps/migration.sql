-- AlterTable
ALTER TABLE "build" ADD COLUMN     "cache_policy" TEXT NOT NULL DEFAULT 'use',
ADD COLUMN     "image_id" UUID,
ADD COLUMN     "image_name" TEXT,
ADD COLUMN     "image_revision" INTEGER,
ADD COLUMN     "result_bytes" BIGINT,
ADD COLUMN     "result_digest" TEXT,
ADD COLUMN     "step_count" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "steps" JSONB,
ADD COLUMN     "steps_cached" INTEGER,
ADD COLUMN     "steps_ms" INTEGER;

-- CreateTable
CREATE TABLE "image" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "revision_number" INTEGER NOT NULL DEFAULT 0,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "image_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "image_revision" (
    "image_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "definition" JSONB NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "image_revision_pkey" PRIMARY KEY ("image_id","number")
);

-- CreateTable
CREATE TABLE "step_result" (
    "workspace_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "manifest_digest" TEXT NOT NULL,
    "manifest_bytes" INTEGER NOT NULL,
    "added_bytes" BIGINT NOT NULL,
    "took_ms" INTEGER NOT NULL,
    "build_number" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "step_result_pkey" PRIMARY KEY ("workspace_id","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "image_workspace_id_name_key" ON "image"("workspace_id", "name");

-- CreateIndex
CREATE INDEX "step_result_last_used_at_idx" ON "step_result"("last_used_at");

-- CreateIndex
CREATE INDEX "build_image_id_number_idx" ON "build"("image_id", "number" DESC);

-- AddForeignKey
ALTER TABLE "image" ADD CONSTRAINT "image_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "image_revision" ADD CONSTRAINT "image_revision_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "step_result" ADD CONSTRAINT "step_result_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A key is a digest.
ALTER TABLE "step_result" ADD CONSTRAINT "step_result_key" CHECK ("key" ~ '^[0-9a-f]{64}$');
ALTER TABLE "build" ADD CONSTRAINT "build_cache_policy" CHECK ("cache_policy" IN ('use', 'force', 'ignore'));
