import { DataSourcePlugin } from '@grafana/data';
import { ConfigEditor } from './components/ConfigEditor.tsx';
import { QueryEditor } from './components/QueryEditor.tsx';
import { QueryHelp } from './components/QueryHelp.tsx';
import { TapioDatasource } from './datasource.ts';
import type { TapioOptions, TapioQuery, TapioSecrets } from './types.ts';

export const plugin = new DataSourcePlugin<TapioDatasource, TapioQuery, TapioOptions, TapioSecrets>(
  TapioDatasource,
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor)
  .setQueryEditorHelp(QueryHelp);
