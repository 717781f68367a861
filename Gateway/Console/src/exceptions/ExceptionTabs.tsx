import { NavLink } from 'react-router';
import { useSees } from '../api/hooks';

export function ExceptionTabs() {
  const operations = useSees()('operations');
  return (
    <nav className="tabs" aria-label="Exceptions">
      <NavLink to="/exceptions" end>By cause</NavLink>
      <NavLink to="/exceptions/all">One by one</NavLink>
      {operations && <NavLink to="/exceptions/bulk">Bulk actions</NavLink>}
      {operations && <NavLink to="/exceptions/corrections">Corrections</NavLink>}
      <NavLink to="/exceptions/alerts">Alerts</NavLink>
    </nav>
  );
}
