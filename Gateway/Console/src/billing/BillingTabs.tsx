import { NavLink } from 'react-router';

export const BillingTabs = () => (
  <nav className="tabs" aria-label="Billing">
    <NavLink to="/billing" end>Runs</NavLink>
    <NavLink to="/billing/invoices">Invoices</NavLink>
    <NavLink to="/billing/unbilled">Unbilled work</NavLink>
    <NavLink to="/billing/receivables">Receivables</NavLink>
    <NavLink to="/billing/approvals">Approvals</NavLink>
    <NavLink to="/billing/holds">Holds</NavLink>
  </nav>
);
