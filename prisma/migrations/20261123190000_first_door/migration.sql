-- CreateTable
CREATE TABLE "set_up_code" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "code_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "set_up_code_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cookie_secret" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "value" TEXT NOT NULL,

    CONSTRAINT "cookie_secret_pkey" PRIMARY KEY ("id")
);

-- One row each, and of the code nothing but its SHA-256.
ALTER TABLE "set_up_code"
  ADD CONSTRAINT "set_up_code_single" CHECK ("id" = 1),
  ADD CONSTRAINT "set_up_code_hash" CHECK (octet_length("code_hash") = 32);
ALTER TABLE "cookie_secret" ADD CONSTRAINT "cookie_secret_single" CHECK ("id" = 1);
