import { PluginType, type DataSourceInstanceSettings } from '@grafana/data';
import type { TapioOptions } from '../datasource/types.ts';

/** A datasource as Grafana describes it to its frontend. */
export function instanceSettings(jsonData: TapioOptions = {}): DataSourceInstanceSettings<TapioOptions> {
  return {
    uid: 'tapio-graph',
    type: 'tapio-datasource',
    name: 'Tapio',
    access: 'proxy',
    readOnly: false,
    jsonData,
    meta: {
      id: 'tapio-datasource',
      name: 'Tapio',
      type: PluginType.datasource,
      module: '',
      baseUrl: '',
      info: {
        author: { name: '' },
        description: '',
        links: [],
        logos: { small: '', large: '' },
        screenshots: [],
        updated: '',
        version: '',
      },
    },
  };
}
