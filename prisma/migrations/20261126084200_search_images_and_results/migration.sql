-- CreateIndex
CREATE INDEX "build_image_name_trgm" ON "build" USING GIN ("image_name" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "build_result_digest" ON "build"("workspace_id", "result_digest" text_pattern_ops);
