/** The house rules for imports: domain <- application <- infrastructure <- apps. Run: npm run boundaries */
const notSpec = '\\.(spec|examples)\\.ts$';
const pure = '^node_modules/(typebox|uuid|temporal-polyfill|diff|@marcbachmann/cel-js)/';
module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment:
        'Domain imports domain: its own room or the kernel, and a short list of pure packages. No Node, no Nest.',
      from: { path: '^libs/([^/]+)/domain/', pathNot: notSpec },
      to: { pathNot: ['^libs/$1/domain/', '^libs/kernel/domain/', pure] },
    },
    {
      name: 'application-knows-no-technology',
      severity: 'error',
      comment: 'Application imports application, domain and Nest; never a driver.',
      from: { path: '^libs/([^/]+)/application/', pathNot: notSpec },
      to: {
        pathNot: [
          '^libs/$1/(domain|application)/',
          '^libs/kernel/(domain|application)/',
          '^libs/[^/]+/application/',
          pure,
          '^node_modules/(@nestjs/(common|cqrs)|rxjs|lru-cache)/',
        ],
      },
    },
    {
      name: 'rooms-meet-in-the-application',
      severity: 'error',
      comment:
        'Another room is asked through its application/ folder, nowhere else; `composition` alone assembles rooms, `postgres` is the driver they share.',
      from: { path: '^libs/([^/]+)/', pathNot: [notSpec, '^libs/(composition|testing)/'] },
      to: {
        path: '^libs/',
        pathNot: ['^libs/$1/', '^libs/kernel/', '^libs/[^/]+/application/', '^libs/postgres/', '^libs/testing/'],
      },
    },
    {
      name: 'kernel-knows-no-room',
      severity: 'error',
      from: { path: '^libs/kernel/' },
      to: { path: '^libs/', pathNot: '^libs/kernel/' },
    },
    { name: 'libs-know-no-app', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'apps-do-not-share',
      severity: 'error',
      comment: 'Apps share nothing, but `standalone` is api and worker in one process.',
      from: { path: '^apps/([^/]+)/' },
      to: {
        path: '^apps/',
        pathNot: ['^apps/$1/', '^apps/(api|worker)/[^/]+\\.module\\.ts$', '^apps/(api|worker)/bootstrap\\.ts$'],
      },
    },
    {
      name: 'testing-stays-in-tests',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [notSpec, '^libs/testing/'] },
      to: { path: '^libs/testing/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'types', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
