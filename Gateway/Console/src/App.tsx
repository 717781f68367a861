import { lazy, Suspense, useMemo, useState, useSyncExternalStore } from 'react';
import { createBrowserRouter, Navigate, RouterProvider, useRouteError } from 'react-router';
import { Provider as ApiProvider } from 'urql';
import { RefreshCw } from 'lucide-react';
import { graphql } from './api/generated';
import { openClient } from './api/client';
import { useLive, Viewer } from './api/hooks';
import { currentSession, subscribe } from './access/session';
import { SettingsContext, type Settings } from './access/settings';
import { Button, Empty, Failure, Link, Loading } from './design/ui';
import { Home } from './home/Home';
import { Shell } from './shell/Shell';
import { SignIn } from './shell/SignIn';

const WhoAmI = graphql(`query WhoAmI { viewer { name roles } }`);

const Engagements = lazy(() => import('./engagements/Engagements'));
const Engagement = lazy(() => import('./engagements/Engagement'));
const Quotes = lazy(() => import('./engagements/Quotes'));
const Groups = lazy(() => import('./exceptions/Groups'));
const Bulk = lazy(() => import('./exceptions/Bulk'));
const BulkList = lazy(() => import('./exceptions/BulkList'));
const Alerts = lazy(() => import('./exceptions/Alerts'));
const Corrections = lazy(() => import('./exceptions/Corrections'));
const Exceptions = lazy(() => import('./exceptions/Exceptions'));
const Runs = lazy(() => import('./billing/Runs'));
const Run = lazy(() => import('./billing/Run'));
const InvoiceList = lazy(() => import('./billing/InvoiceList'));
const Unbilled = lazy(() => import('./billing/Unbilled'));
const Receivables = lazy(() => import('./billing/Receivables'));
const Approvals = lazy(() => import('./billing/Approvals'));
const HoldList = lazy(() => import('./billing/HoldList'));
const Invoice = lazy(() => import('./billing/Invoice'));
const Connections = lazy(() => import('./connections/Connections'));
const Connection = lazy(() => import('./connections/Connection'));
const Policies = lazy(() => import('./policies/Policies'));
const Policy = lazy(() => import('./policies/Policy'));
const DeliveryPage = lazy(() => import('./connections/DeliveryPage'));
const System = lazy(() => import('./system/System'));
const Audit = lazy(() => import('./system/Audit'));

const page = (element: React.ReactNode) => <Suspense fallback={<Loading what="the page" />}>{element}</Suspense>;

const router = (settings: Settings) => createBrowserRouter([{
  element: <Shell settings={settings} />,
  errorElement: <Broken />,
  children: [
    { index: true, element: <Home /> },
    { path: 'engagements', element: page(<Engagements />) },
    { path: 'engagements/quotes', element: page(<Quotes />) },
    { path: 'engagements/:contractId/:view?', element: page(<Engagement />) },
    { path: 'exceptions', element: page(<Groups />) },
    { path: 'exceptions/all', element: page(<Exceptions />) },
    { path: 'exceptions/bulk', element: page(<BulkList />) },
    { path: 'exceptions/bulk/:actionId', element: page(<Bulk />) },
    { path: 'exceptions/corrections', element: page(<Corrections />) },
    { path: 'exceptions/alerts', element: page(<Alerts />) },
    { path: 'billing', element: page(<Runs />) },
    { path: 'billing/runs/:runId', element: page(<Run />) },
    { path: 'billing/invoices', element: page(<InvoiceList />) },
    { path: 'billing/unbilled', element: page(<Unbilled />) },
    { path: 'billing/receivables', element: page(<Receivables />) },
    { path: 'billing/approvals', element: page(<Approvals />) },
    { path: 'billing/holds', element: page(<HoldList />) },
    { path: 'invoices/:invoiceId', element: page(<Invoice />) },
    { path: 'connections', element: page(<Connections />) },
    { path: 'connections/policies', element: page(<Policies />) },
    { path: 'connections/policies/*', element: page(<Policy />) },
    { path: 'connections/:name', element: page(<Connection />) },
    { path: 'deliveries/:deliveryId', element: page(<DeliveryPage />) },
    { path: 'system', element: page(<System />) },
    { path: 'system/audit', element: page(<Audit />) },
    { path: 'signed-in', element: <Navigate to="/" replace /> },
    { path: '*', element: <NotHere /> },
  ],
}]);

export function App({ settings }: { settings: Settings }) {
  const session = useSyncExternalStore(subscribe, currentSession);
  const who = session.state === 'out' ? null : session.who;
  const token = session.state === 'in' ? session.token : null;
  return who === null ? <SignIn settings={settings} /> : <SignedIn key={who} settings={settings} token={token} />;
}

function SignedIn({ settings, token }: { settings: Settings; token: string | null }) {
  const routes = useMemo(() => router(settings), [settings]);
  // A fresh token reads everything again; an ended one leaves what is shown.
  const [last, setLast] = useState(token);
  if (token !== null && token !== last) setLast(token);
  const client = useMemo(() => openClient(), [last]);
  return (
    <SettingsContext value={settings}>
      <ApiProvider value={client}>
        <Known>
          <RouterProvider router={routes} />
        </Known>
      </ApiProvider>
    </SettingsContext>
  );
}

function Known({ children }: { children: React.ReactNode }) {
  const { data, error, refresh } = useLive(WhoAmI, {}, { every: 300_000 });
  if (data) return <Viewer value={data.viewer}>{children}</Viewer>;
  return error ? <Failure error={error} retry={refresh} what="Who you are" /> : <Loading what="who you are" />;
}

const NotHere = () => (
  <Empty title="There is no such page.">
    Whatever led here is old or mistyped. <Link to="/">Home</Link> leads to everything.
  </Empty>
);

/** A defect of the console; nothing that was sent is lost. */
function Broken() {
  const failure = useRouteError();
  return (
    <div className="welcome">
      <main role="alert">
        <h1>This page broke.</h1>
        <p className="lead">That is a defect of the console. What you sent before is not lost.</p>
        <p className="faint"><code>{failure instanceof Error ? failure.message : String(failure)}</code></p>
        <Button icon={<RefreshCw aria-hidden />} onPress={() => location.reload()}>Load it again</Button>
      </main>
    </div>
  );
}

export const CannotStart = ({ problem }: { problem: string }) => (
  <div className="welcome">
    <main role="alert">
      <h1>The console cannot start.</h1>
      <p className="lead">{problem}</p>
      <p>Look whether the hub is running, then</p>
      <Button icon={<RefreshCw aria-hidden />} onPress={() => location.reload()}>try again</Button>
    </main>
  </div>
);
