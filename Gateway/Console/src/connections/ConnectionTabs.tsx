import { NavLink } from 'react-router';
import { useSees } from '../api/hooks';

export const ConnectionTabs = () => (
  <nav className="tabs" aria-label="Connections">
    <NavLink to="/connections" end>Systems</NavLink>
    {useSees()('policies') && <NavLink to="/connections/policies">Policies and mappings</NavLink>}
  </nav>
);
