import { createRoot } from 'react-dom/client';
import './design/tokens.css';
import './design/base.css';
import { openSession } from './access/session';
import { loadSettings, type Settings } from './access/settings';
import { applyTheme } from './design/theme';
import { App, CannotStart } from './App';

applyTheme();
const root = createRoot(document.getElementById('root')!);

try {
  const settings: Settings = await loadSettings();
  await openSession(settings);
  root.render(<App settings={settings} />);
} catch (failure) {
  root.render(<CannotStart problem={failure instanceof Error ? failure.message : String(failure)} />);
}
