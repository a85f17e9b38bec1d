/** What webpack and Grafana's AMD loader put beside the code. */
declare let __webpack_public_path__: string;

declare module 'amd-module' {
  const amdModule: { readonly uri?: string } | undefined;
  export default amdModule;
}
