import { Navigate, Route, Routes } from 'react-router-dom';
import { APP_ROOT } from '../shared/ids.ts';
import { IncidentPage } from './pages/IncidentPage.tsx';
import { IncidentsPage } from './pages/IncidentsPage.tsx';

export default function App() {
  return (
    <Routes>
      <Route path="incidents" element={<IncidentsPage />} />
      <Route path="incidents/:id" element={<IncidentPage />} />
      <Route path="*" element={<Navigate to={`${APP_ROOT}/incidents`} replace />} />
    </Routes>
  );
}
