-- CreateTable
CREATE TABLE "step_turn" (
    "workspace_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "build_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,

    CONSTRAINT "step_turn_pkey" PRIMARY KEY ("workspace_id","key")
);

-- CreateIndex
CREATE INDEX "step_turn_build_id_idx" ON "step_turn"("build_id");

-- AddForeignKey
ALTER TABLE "step_turn" ADD CONSTRAINT "step_turn_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "build"("id") ON DELETE CASCADE ON UPDATE CASCADE;
