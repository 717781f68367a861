import { use, useEffect, useRef, useSyncExternalStore, type ReactNode } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import { Button as AriaButton, Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { Activity, Cable, ChevronsUpDown, Handshake, House, Receipt, TriangleAlert } from 'lucide-react';
import { graphql } from '../api/generated';
import { tell, useLine, useLive, useSees, useSubscription, Viewer } from '../api/hooks';
import { currentSession, signInAgain, signInAs, signOut, subscribe } from '../access/session';
import type { Settings } from '../access/settings';
import { Button, Link, Window } from '../design/ui';
import { setTheme, useTheme, type Theme } from '../design/theme';
import { words } from '../text/format';
import mark from '../design/mark.svg';
import './shell.css';

const OpenExceptions = graphql(`query OpenExceptions { exceptions(first: 1) { totalCount nodes { id } } }`);

const ExceptionsChanged = graphql(`subscription ExceptionsChanged { exceptionChanged { cursor } }`);

const AlertsChanged = graphql(`subscription AlertsChanged { alertChanged { cursor } }`);

const ConnectionsChanged = graphql(`subscription ConnectionsChanged { connectionHealth { cursor } }`);

export function Shell({ settings }: { settings: Settings }) {
  const { name, roles } = use(Viewer);
  const sees = useSees();
  const staff = sees('staff');
  const operations = sees('operations');
  const { data } = useLive(OpenExceptions, {}, { on: ['exceptions', 'connections'], pause: !staff });
  useSubscription({ query: ExceptionsChanged, pause: !staff }, (_, event) => { tell('exceptions'); return event; });
  useSubscription({ query: AlertsChanged, pause: !staff }, (_, event) => { tell('alerts'); return event; });
  useSubscription({ query: ConnectionsChanged, pause: !operations }, (_, event) => { tell('connections'); return event; });
  const open = data?.exceptions.totalCount ?? 0;
  const places: [string, string, ReactNode, boolean][] = [
    ['/', 'Home', <House key="i" aria-hidden />, staff],
    ['/engagements', 'Engagements', <Handshake key="i" aria-hidden />, true],
    ['/exceptions', 'Exceptions', <TriangleAlert key="i" aria-hidden />, staff],
    ['/billing', 'Billing', <Receipt key="i" aria-hidden />, sees('billing')],
    ['/connections', 'Connections', <Cable key="i" aria-hidden />, operations],
    ['/system', 'System', <Activity key="i" aria-hidden />, sees('audit')],
  ];
  const main = useArrival();
  return (
    <div className="app">
      <a className="skip" href="#main">To the content</a>
      <header className="side">
        <Link className="brand" to="/" aria-label="Q2C, home"><img src={mark} alt="" /><span>Q2C</span></Link>
        <nav aria-label="Main">
          <ul>
            {places.filter(([, , , seen]) => seen).map(([to, text, icon]) => (
              <li key={to}>
                <NavLink to={to} end={to === '/'}>
                  {icon}{text}
                  {to === '/exceptions' && open > 0 && <span className="badge">{open}<span className="visually-hidden"> open</span></span>}
                </NavLink>
              </li>
            ))}
          </ul>
        </nav>
        <div className="foot"><Who name={name} roles={roles.map(words)} settings={settings} /></div>
      </header>
      <div>
        <LineDown />
        <main className="main" id="main" tabIndex={-1} ref={main}><Outlet /></main>
      </div>
      <SessionEnded />
    </div>
  );
}

/** A new page begins at its top, and a screen reader at its content. */
function useArrival() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    const section = (path: string) => path.split('/').slice(0, 3).join('/');
    if (section(before.current) === section(pathname)) return;
    before.current = pathname;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}

const LineDown = () => useLine() === 'down'
  ? <p className="line-down" role="status">The gateway cannot be reached. What you see is what was read last; it goes on by itself.</p>
  : null;

function SessionEnded() {
  const session = useSyncExternalStore(subscribe, currentSession);
  if (session.state !== 'ended') return null;
  return (
    <Window title="Your sign-in has ended" isOpen onClose={() => undefined}>
      <div className="form">
        <p>Sign in again to go on. This page stays as it is, and nothing that you typed is lost.</p>
        <div className="form-actions">
          <Button onPress={() => void signOut()}>Leave</Button>
          <Button kind="primary" autoFocus onPress={() => void signInAgain()}>Sign in again as {session.who}</Button>
        </div>
      </div>
    </Window>
  );
}

function Who({ name, roles, settings }: { name: string; roles: string[]; settings: Settings }) {
  const theme = useTheme();
  const act = (key: string) => {
    if (key === 'out') void signOut();
    else if (key.startsWith('theme:')) setTheme(key.slice(6) as Theme);
    else if (key.startsWith('as:')) void signInAs(key.slice(3));
  };
  return (
    <MenuTrigger>
      <AriaButton className="who">
        <span className="avatar" aria-hidden>{name.charAt(0).toUpperCase()}</span>
        <span className="name">{name}<small>{roles.join(', ')}</small></span>
        <ChevronsUpDown aria-hidden />
        <span className="visually-hidden">theme, and signing out</span>
      </AriaButton>
      <Popover className="popover" placement="top start">
        <Menu className="options" onAction={key => act(String(key))}>
          <MenuSection>
            <Header className="menu-title">Theme</Header>
            {(['auto', 'light', 'dark'] as const).map(each => (
              <MenuItem key={each} id={`theme:${each}`} className="option">{each === theme ? `✓ ${words(each)}` : words(each)}</MenuItem>
            ))}
          </MenuSection>
          {settings.personas && (
            <MenuSection>
              <Header className="menu-title">Become</Header>
              {settings.personas.filter(each => each.name !== name).map(each => (
                <MenuItem key={each.name} id={`as:${each.name}`} className="option" textValue={each.name}>
                  {each.name} <span className="faint">{each.roles.map(words).join(', ')}</span>
                </MenuItem>
              ))}
            </MenuSection>
          )}
          <Separator className="menu-separator" />
          <MenuItem id="out" className="option">Sign out</MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
