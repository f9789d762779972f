-- Rules that no code path may break, kept where every code path ends. Written by hand: Prisma's models cannot say them.

-- A build has ended exactly when it is in a final state.
ALTER TABLE "build"
  ADD CONSTRAINT "build_numbered" CHECK ("number" >= 1),
  ADD CONSTRAINT "build_ended" CHECK (("state" IN ('queued', 'running')) = ("ended_at" IS NULL)),
  ADD CONSTRAINT "build_counts" CHECK (
    "attempt" >= 0 AND "epoch" >= 0 AND "event_head" >= 0 AND "log_lines" >= 0
  );

ALTER TABLE "build_event"
  ADD CONSTRAINT "build_event_numbered" CHECK ("number" >= 1),
  ADD CONSTRAINT "build_event_lines" CHECK (("first_line" IS NULL) = ("line_count" IS NULL));

ALTER TABLE "worker"
  ADD CONSTRAINT "worker_slots" CHECK ("slots" >= 1 AND "busy" >= 0),
  ADD CONSTRAINT "worker_disk" CHECK ("disk_used_percent" BETWEEN 0 AND 100);

-- A digest is part of a file's name.
ALTER TABLE "blob"
  ADD CONSTRAINT "blob_digest" CHECK ("digest" ~ '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$'),
  ADD CONSTRAINT "blob_size" CHECK ("size_bytes" >= 0);

-- SHA-256 of a link's token, never the token.
ALTER TABLE "invitation"
  ADD CONSTRAINT "invitation_hash" CHECK (octet_length("token_hash") = 32);
