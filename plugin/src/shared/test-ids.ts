/** What end-to-end tests find things by. Roles and names come first; these are for what has none. */
export const testIds = {
  app: {
    incidents: 'tapio-incidents',
    incident: 'tapio-incident',
    nodeGraph: 'tapio-incident-node-graph',
    timeline: 'tapio-incident-timeline',
    chain: 'tapio-incident-chain',
  },
  configEditor: {
    url: 'tapio-config-url',
    user: 'tapio-config-user',
    password: 'tapio-config-password',
    database: 'tapio-config-database',
    tlsMode: 'tapio-config-tls-mode',
    caCertificate: 'tapio-config-ca-certificate',
    viewerNamespaces: 'tapio-config-viewer-namespaces',
    rowLimit: 'tapio-config-row-limit',
    timeout: 'tapio-config-timeout',
    cypherInAlerts: 'tapio-config-cypher-in-alerts',
  },
  queryEditor: {
    root: 'tapio-query-editor',
    cypher: 'tapio-query-cypher',
  },
} as const;
