-- CreateTable
CREATE TABLE "image_contents" (
    "workspace_id" UUID NOT NULL,
    "digest" TEXT NOT NULL,
    "format" INTEGER NOT NULL,
    "contents" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "image_contents_pkey" PRIMARY KEY ("workspace_id","digest")
);

-- AddForeignKey
ALTER TABLE "image_contents" ADD CONSTRAINT "image_contents_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;
