import './public-path.ts';

import { AppPlugin } from '@grafana/data';
import { LoadingPlaceholder } from '@grafana/ui';
import { lazy, Suspense } from 'react';

const App = lazy(() => import('./app/App.tsx'));

function Root() {
  return (
    <Suspense fallback={<LoadingPlaceholder text="Loading Tapio..." />}>
      <App />
    </Suspense>
  );
}

export const plugin = new AppPlugin().setRootPage(Root);
