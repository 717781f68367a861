import { NavLink } from 'react-router';
import { useSees } from '../api/hooks';

export const ExceptionTabs = () => (
  <nav className="tabs" aria-label="Exceptions">
    <NavLink to="/exceptions" end>By cause</NavLink>
    <NavLink to="/exceptions/all">One by one</NavLink>
    {useSees()('operations') && <NavLink to="/exceptions/bulk">Bulk actions</NavLink>}
    <NavLink to="/exceptions/alerts">Alerts</NavLink>
  </nav>
);
