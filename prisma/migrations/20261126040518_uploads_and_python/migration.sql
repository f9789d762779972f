-- AlterTable
ALTER TABLE "build" ADD COLUMN     "python_digest" TEXT;

-- CreateTable
CREATE TABLE "upload" (
    "workspace_id" UUID NOT NULL,
    "digest" TEXT NOT NULL,
    "size_bytes" INTEGER NOT NULL,
    "received_bytes" INTEGER NOT NULL DEFAULT 0,
    "is_whole" BOOLEAN NOT NULL DEFAULT false,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "upload_pkey" PRIMARY KEY ("workspace_id","digest")
);

-- CreateTable
CREATE TABLE "upload_piece" (
    "workspace_id" UUID NOT NULL,
    "digest" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "data" BYTEA NOT NULL,

    CONSTRAINT "upload_piece_pkey" PRIMARY KEY ("workspace_id","digest","position")
);

-- CreateTable
CREATE TABLE "image_upload" (
    "image_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "digest" TEXT NOT NULL,

    CONSTRAINT "image_upload_pkey" PRIMARY KEY ("image_id","digest")
);

-- CreateIndex
CREATE INDEX "image_upload_workspace_id_digest_idx" ON "image_upload"("workspace_id", "digest");

-- AddForeignKey
ALTER TABLE "upload" ADD CONSTRAINT "upload_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "upload_piece" ADD CONSTRAINT "upload_piece_workspace_id_digest_fkey" FOREIGN KEY ("workspace_id", "digest") REFERENCES "upload"("workspace_id", "digest") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "image_upload" ADD CONSTRAINT "image_upload_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "image_upload" ADD CONSTRAINT "image_upload_workspace_id_digest_fkey" FOREIGN KEY ("workspace_id", "digest") REFERENCES "upload"("workspace_id", "digest") ON DELETE NO ACTION ON UPDATE CASCADE;

ALTER TABLE "upload" ADD CONSTRAINT "upload_digest" CHECK ("digest" ~ '^sha256:[0-9a-f]{64}$');
ALTER TABLE "upload" ADD CONSTRAINT "upload_received" CHECK ("received_bytes" BETWEEN 0 AND "size_bytes");

-- Wheels, models and archives are compressed already: trying again costs time and finds nothing.
ALTER TABLE "upload_piece" ALTER COLUMN "data" SET STORAGE EXTERNAL;
