const APP_ID = 'tapio-app';
export const DATASOURCE_TYPE = 'tapio-datasource';

/** Where the app's pages begin. Grafana puts its own sub-path before. */
export const APP_ROOT = `/a/${APP_ID}`;
