import { NavLink } from 'react-router';

export const EngagementTabs = () => (
  <nav className="tabs" aria-label="Engagements">
    <NavLink to="/engagements" end>Contracts</NavLink>
    <NavLink to="/engagements/quotes">Quotes</NavLink>
  </nav>
);
