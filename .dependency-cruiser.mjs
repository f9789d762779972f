/**
 * Who may import whom. One row a room: itself is always allowed. ARCHITECTURE.md says why where a row is not obvious.
 * A test asserts that the cruise saw every module, so that an empty run cannot pass for a clean one.
 */
const rooms = {
  config: ['errors'],
  log: ['errors'],
  errors: [],
  vault: ['errors'],
  egress: ['config', 'errors'],
  oci: ['egress', 'errors'],
  db: ['config', 'errors'],
  store: ['oci', 'teams', 'db', 'errors'],
  pull: ['oci', 'store', 'egress', 'errors'],
  registries: ['oci', 'egress', 'errors'],
  teams: ['db', 'errors'],
  auth: ['teams', 'db', 'config', 'errors'],
  secrets: ['vault', 'registries', 'teams', 'db', 'errors'],
  uploads: ['oci', 'teams', 'db', 'errors'],
  images: ['uploads', 'registries', 'oci', 'store', 'teams', 'db', 'errors'],
  engines: ['images', 'oci', 'store', 'log', 'errors'],
  preflight: ['secrets', 'registries', 'oci', 'pull', 'store', 'egress', 'teams', 'db', 'errors'],
  builds: [
    'secrets',
    'registries',
    'pull',
    'store',
    'uploads',
    'images',
    'engines',
    'preflight',
    'oci',
    'teams',
    'db',
    'log',
    'errors',
  ],
  push: ['builds', 'registries', 'images', 'pull', 'store', 'oci', 'teams', 'db', 'errors'],
};

/** Rooms that may import nearly all: what they may not is named. */
const openRooms = { worker: ['cli'], cli: [] };

const appMayImport = [
  'auth',
  'teams',
  'secrets',
  'uploads',
  'images',
  'builds',
  'push',
  'preflight',
  'store',
  'registries',
  'config',
  'log',
  'errors',
];

/** Free of I/O and right in both places, so pages that run in the browser may use them. */
const sharedWithBrowser = [
  '^lib/[^/]+/(schema|types)\\.ts$',
  '^lib/oci/(reference|digest|platform|errors|input-errors)\\.ts$',
  '^lib/vault/seal\\.ts$',
  '^lib/builds/(view|format|state|history-search)\\.ts$',
  '^lib/registries/',
  '^lib/errors/',
];

/** The product's way to write numbers, times and bytes: it knows no room, and every room may speak so. */
const wordsForAll = '^lib/builds/format\\.ts$';

const anyOf = (names) => names.join('|');

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'Rooms and files depend one way; type-only imports count too.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-imports-entry-points',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(app|bin|tests)/' },
    },
    {
      name: 'production-without-dev-packages',
      severity: 'error',
      from: { path: '^(app|lib|bin)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `room-${room}`,
      severity: 'error',
      from: { path: `^lib/${room}/` },
      to: { path: '^lib/', pathNot: [`^lib/(${anyOf([room, ...allowed])})/`, wordsForAll] },
    })),
    ...Object.entries(openRooms).map(([room, refused]) => ({
      name: `room-${room}`,
      severity: 'error',
      from: { path: `^lib/${room}/` },
      to: { path: refused.length > 0 ? `^(app/|lib/(${anyOf(refused)})/)` : '^app/' },
    })),
    {
      name: 'app-imports',
      severity: 'error',
      comment: 'Of the database, pages ask for its readiness alone; rows come from the rooms that own them.',
      from: { path: '^app/' },
      to: {
        path: '^lib/',
        pathNot: [`^lib/(${anyOf(appMayImport)})/`, '^lib/db/readiness\\.ts$', ...sharedWithBrowser],
      },
    },
    {
      name: 'private-keys-stay-with-the-worker',
      severity: 'error',
      comment: 'The web can only seal.',
      from: { pathNot: ['^lib/(worker|cli|vault)/', '^tests/'] },
      to: { path: '^lib/vault/(open|keyring)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'clouds-are-the-workers',
      severity: 'error',
      comment:
        'What talks to AWS and Google opens secrets: no page, action or route reaches it, however far away.',
      from: { path: '^app/' },
      to: { path: 'node_modules/(@aws-sdk|google-auth-library)/', reachable: true },
    },
    {
      name: 'scopes-are-minted-at-the-door',
      severity: 'error',
      from: { pathNot: ['^lib/(auth|worker|teams)/', '^tests/'] },
      to: { path: '^lib/teams/mint-scope\\.ts$' },
    },
    {
      name: 'queries-live-in-data-and-mutations',
      severity: 'error',
      from: { path: '^(lib|app)/', pathNot: ['^lib/db/', '/(data|mutations)\\.ts$'] },
      to: { path: '^lib/db/generated/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^lib/db/generated' },
    exclude: { path: '^(\\.next|data)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.css'],
    },
  },
};
