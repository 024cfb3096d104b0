/**
 * The layers of src/README.md as rules. Each folder lists what it may import; whatever is not listed points up or
 * sideways. `npm run check` prints the rule's name and comment for every import that breaks one.
 */
const MAY_IMPORT = {
  kernel: [],
  ports: ['kernel'],
  history: ['kernel', 'ports'],
  consensus: ['kernel', 'ports', 'history'],
  generator: ['kernel', 'ports', 'history'],
  'linearizability-checker': [],
  'parallel-checker': ['linearizability-checker'],
  'model-checker': ['kernel'],
  checkers: ['kernel', 'ports', 'history', 'linearizability-checker', 'plugin'],
  conformance: ['kernel', 'ports', 'history', 'consensus', 'plugin'],
  plugin: ['kernel', 'ports', 'history', 'consensus', 'generator', 'checkers'],
  systems: ['kernel', 'ports', 'history', 'consensus', 'conformance', 'checkers', 'plugin'],
  node: ['kernel', 'ports', 'history', 'consensus', 'plugin', 'systems'],
  backends: ['kernel', 'ports', 'history', 'consensus', 'plugin', 'systems', 'node'],
  store: ['kernel', 'ports', 'history', 'plugin'],
  report: ['kernel', 'ports', 'history', 'plugin', 'store'],
  runner: [
    'kernel',
    'ports',
    'history',
    'generator',
    'parallel-checker',
    'checkers',
    'conformance',
    'plugin',
    'systems',
    'backends',
    'store',
    'report',
  ],
};

const PURE = [
  'kernel',
  'ports',
  'history',
  'consensus',
  'generator',
  'linearizability-checker',
  'checkers',
  'conformance',
  'plugin',
  'systems',
];

const layers = Object.entries(MAY_IMPORT).map(([folder, below]) => ({
  name: `${folder}-imports-down`,
  comment: `src/${folder} may import ${below.length > 0 ? below.join(', ') : 'nothing of src'} (src/README.md): an import that points up belongs in a higher folder, or the thing it needs in a lower one.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...below].join('|')})/` },
}));

/** Folders of src that may import spec/: `model-checker` explores it, `conformance` holds traces against it. */
const KNOW_THE_SPECIFICATIONS = ['cli', 'conformance', 'model-checker'];

module.exports = {
  forbidden: [
    ...layers,
    {
      name: 'spec-stands-alone',
      comment:
        'spec/ imports nothing but spec/: what it says of a protocol must not come from the code that is judged by it.',
      severity: 'error',
      from: { path: '^spec/' },
      to: { pathNot: '^spec/' },
    },
    {
      name: 'few-know-the-specifications',
      comment: `Of src only ${KNOW_THE_SPECIFICATIONS.join(', ')} may import spec/; the protocols themselves must not.`,
      severity: 'error',
      from: { path: '^(src|workloads|nemeses)/', pathNot: `^src/(${KNOW_THE_SPECIFICATIONS.join('|')})/` },
      to: { path: '^spec/' },
    },
    {
      name: 'pure-folders-use-no-node',
      comment:
        'Pure folders use no Node API: what they need comes in through src/ports, so that the simulator can replay them.',
      severity: 'error',
      from: { path: [`^src/(${PURE.join('|')})/`, '^(spec|workloads|nemeses)/'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'linearizability-checker-stands-alone',
      comment: 'src/linearizability-checker imports nothing, so that it can be used without the rest.',
      severity: 'error',
      from: { path: '^src/linearizability-checker/' },
      to: { pathNot: '^src/linearizability-checker/' },
    },
    {
      name: 'plugins-use-the-front-door',
      comment:
        'workloads/ and nemeses/ import assay/plugin and nothing else, as a user would. If a plugin needs more, widen the door for everyone.',
      severity: 'error',
      from: { path: '^(workloads|nemeses)/' },
      to: { pathNot: ['^assay/plugin$', '^src/plugin/index\\.ts$', '^dist/src/plugin/index\\.'] },
    },
    {
      name: 'only-the-docker-backend-speaks-docker',
      comment: 'dockerode stays in src/backends/docker: everything else asks through the Backend interface.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/backends/docker/' },
      to: { path: 'node_modules/dockerode' },
    },
    {
      name: 'only-the-cli-parses-arguments',
      comment: 'commander stays in src/cli.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: 'node_modules/commander' },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'Code that tests share belongs in test/support; code that src needs belongs in src.',
      severity: 'error',
      from: { path: '^(src|spec|workloads|nemeses)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-circles',
      comment: 'Modules that import each other at run time are one module: join them or cut the circle.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'everything-resolves',
      comment: 'The import names a file or a package that is not there.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^assay(/|$)' },
    },
    {
      name: 'src-uses-dependencies',
      comment: 'What src imports must be installed with the package: a dependency, not a development dependency.',
      severity: 'error',
      // A checkout bundles on the fly with esbuild, imported dynamically; an installed Assay carries the bundles.
      from: { path: '^(src|workloads|nemeses)/', pathNot: '^src/report/app/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], dynamic: false },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules', '^dist'] },
    exclude: { path: '^results/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
