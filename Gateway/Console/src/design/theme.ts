import { useSyncExternalStore } from 'react';

/** Light, dark, or as the reader's system has it. */
export type Theme = 'auto' | 'light' | 'dark';

const key = 'q2c.theme';
const listeners = new Set<() => void>();

const current = (): Theme => {
  const stored = localStorage.getItem(key);
  return stored === 'light' || stored === 'dark' ? stored : 'auto';
};

const system = matchMedia('(prefers-color-scheme: dark)');

/** Marks the page with the theme in force; the colours hang on that mark. */
export function applyTheme(): void {
  const theme = current();
  document.documentElement.dataset.theme = theme === 'auto' ? (system.matches ? 'dark' : 'light') : theme;
}

system.addEventListener('change', applyTheme);

export function setTheme(theme: Theme): void {
  localStorage.setItem(key, theme);
  applyTheme();
  for (const listener of listeners) listener();
}

export const useTheme = () => useSyncExternalStore(listener => {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}, current);
