import amdModule from 'amd-module';

// Grafana may serve the plugin from a sub-path or a CDN: only the module's own address tells where the chunks lie.
const uri = amdModule?.uri;
if (uri !== undefined) __webpack_public_path__ = uri.slice(0, uri.lastIndexOf('/') + 1);
