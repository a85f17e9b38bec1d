import { openStoreReader } from './graph/store-reader.ts';
import { tapioPlugin } from './plugin.ts';
import { serve } from './sdk/index.ts';

serve(tapioPlugin(openStoreReader));
