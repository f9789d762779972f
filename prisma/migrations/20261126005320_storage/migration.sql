-- CreateEnum
CREATE TYPE "collection_state" AS ENUM ('queued', 'running', 'done', 'failed');

-- CreateTable
CREATE TABLE "stored_image" (
    "digest" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "condemned_at" TIMESTAMPTZ(3),

    CONSTRAINT "stored_image_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "stored_image_blob" (
    "image_digest" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "size_bytes" BIGINT NOT NULL,

    CONSTRAINT "stored_image_blob_pkey" PRIMARY KEY ("image_digest","digest")
);

-- CreateTable
CREATE TABLE "image_use" (
    "workspace_id" UUID NOT NULL,
    "image_digest" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "build_number" INTEGER NOT NULL,
    "builds" INTEGER NOT NULL DEFAULT 1,
    "fetched_bytes" BIGINT NOT NULL DEFAULT 0,
    "reused_bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "image_use_pkey" PRIMARY KEY ("workspace_id","image_digest","reference")
);

-- CreateTable
CREATE TABLE "image_hold" (
    "build_id" UUID NOT NULL,
    "image_digest" TEXT NOT NULL,
    "held_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "image_hold_pkey" PRIMARY KEY ("build_id","image_digest")
);

-- CreateTable
CREATE TABLE "collection" (
    "id" UUID NOT NULL,
    "state" "collection_state" NOT NULL DEFAULT 'queued',
    "reason" TEXT NOT NULL,
    "requested_by" TEXT,
    "hostname" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "images" INTEGER NOT NULL DEFAULT 0,
    "blobs" INTEGER NOT NULL DEFAULT 0,
    "partials" INTEGER NOT NULL DEFAULT 0,
    "freed_bytes" BIGINT NOT NULL DEFAULT 0,
    "error" JSONB,

    CONSTRAINT "collection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "store_state" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "layer_bytes" BIGINT NOT NULL,
    "document_bytes" BIGINT NOT NULL,
    "loose_bytes" BIGINT NOT NULL,
    "blobs" INTEGER NOT NULL,
    "partial_bytes" BIGINT NOT NULL,
    "partials" INTEGER NOT NULL,
    "oldest_partial_at" TIMESTAMPTZ(3),
    "disk_bytes" BIGINT NOT NULL,
    "free_bytes" BIGINT NOT NULL,
    "bytes_max" BIGINT,
    "days_max" INTEGER,
    "measured_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "collected_at" TIMESTAMPTZ(3),

    CONSTRAINT "store_state_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "stored_image_used_at_idx" ON "stored_image"("used_at");

-- CreateIndex
CREATE INDEX "stored_image_blob_digest_idx" ON "stored_image_blob"("digest");

-- CreateIndex
CREATE INDEX "image_use_image_digest_idx" ON "image_use"("image_digest");

-- CreateIndex
CREATE INDEX "image_hold_image_digest_idx" ON "image_hold"("image_digest");

-- CreateIndex
CREATE INDEX "collection_created_at_idx" ON "collection"("created_at" DESC);

-- AddForeignKey
ALTER TABLE "stored_image_blob" ADD CONSTRAINT "stored_image_blob_image_digest_fkey" FOREIGN KEY ("image_digest") REFERENCES "stored_image"("digest") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "image_use" ADD CONSTRAINT "image_use_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "image_use" ADD CONSTRAINT "image_use_image_digest_fkey" FOREIGN KEY ("image_digest") REFERENCES "stored_image"("digest") ON DELETE CASCADE ON UPDATE CASCADE;

-- A digest is part of a file's name.
ALTER TABLE "stored_image"
  ADD CONSTRAINT "stored_image_digest" CHECK ("digest" ~ '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$');

ALTER TABLE "stored_image_blob"
  ADD CONSTRAINT "stored_image_blob_digest" CHECK ("digest" ~ '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$'),
  ADD CONSTRAINT "stored_image_blob_kind" CHECK ("kind" IN ('index', 'manifest', 'config', 'layer')),
  ADD CONSTRAINT "stored_image_blob_size" CHECK ("size_bytes" >= 0 AND "position" >= 0);

ALTER TABLE "image_use"
  ADD CONSTRAINT "image_use_counts" CHECK ("builds" >= 1 AND "fetched_bytes" >= 0 AND "reused_bytes" >= 0);

-- One collection that waits is enough for all who ask.
CREATE UNIQUE INDEX "collection_waiting" ON "collection" ("state") WHERE "state" = 'queued';

ALTER TABLE "collection"
  ADD CONSTRAINT "collection_reason" CHECK ("reason" IN ('schedule', 'asked', 'room', 'command')),
  ADD CONSTRAINT "collection_ended" CHECK (("state" IN ('queued', 'running')) = ("ended_at" IS NULL)),
  ADD CONSTRAINT "collection_counts" CHECK (
    "images" >= 0 AND "blobs" >= 0 AND "partials" >= 0 AND "freed_bytes" >= 0
  );

ALTER TABLE "store_state"
  ADD CONSTRAINT "store_state_one" CHECK ("id" = 1);
