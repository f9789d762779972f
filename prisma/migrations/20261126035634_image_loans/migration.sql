-- CreateTable
CREATE TABLE "image_loan" (
    "id" UUID NOT NULL,
    "image_digest" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "image_loan_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "image_loan_image_digest_idx" ON "image_loan"("image_digest");
