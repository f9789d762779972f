// Plain JavaScript: Next compiles a next.config.ts in a way that does not know `#lib/…`.
import { readSettings } from '#lib/config/load-settings.ts';

const { publicUrl, allowedOrigins } = readSettings();
const hosts = [publicUrl.origin, ...allowedOrigins].map((origin) => new URL(origin).host);

/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  // No page scales images, so nothing need fetch and scale them.
  images: { unoptimized: true },
  // Types are checked by `npm run check`; whoever starts Slipway need not wait for it.
  typescript: { ignoreBuildErrors: true },
  agentRules: false,
  experimental: {
    // Read when the server starts, not when it is built.
    serverActions: { allowedOrigins: hosts },
  },
};
