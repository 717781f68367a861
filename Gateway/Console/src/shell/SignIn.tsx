import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { LogIn } from 'lucide-react';
import { signIn, signInAs } from '../access/session';
import type { Settings } from '../access/settings';
import { Button } from '../design/ui';
import { words } from '../text/format';
import mark from '../design/mark.svg';

export function SignIn({ settings }: { settings: Settings }) {
  const [problem, setProblem] = useState('');
  const attempt = (way: () => Promise<void>) => () => {
    setProblem('');
    way().catch((failure: Error) => setProblem(`${failure.message} Try again, or look whether the hub is running.`));
  };
  return (
    <div className="welcome">
      <main>
        <div className="brand"><img src={mark} alt="" />Q2C</div>
        <div className="stack">
          <h1>Where every engagement stands, from quote to cash.</h1>
          <p className="lead">What is blocked, why, how much money waits on it, and what to do.</p>
        </div>
        {problem && <p className="note bad" role="alert">{problem}</p>}
        {settings.identity && <Button kind="primary" icon={<LogIn aria-hidden />} onPress={attempt(signIn)}>Sign in</Button>}
        {settings.personas && (
          <section className="stack" aria-labelledby="personas">
            <h2 id="personas">This is a machine of your own: who do you want to be?</h2>
            <ul className="personas">
              {settings.personas.map(({ name, roles }) => (
                <li key={name}>
                  <AriaButton className="persona" onPress={attempt(() => signInAs(name))}>
                    <span className="avatar" aria-hidden>{name.charAt(0).toUpperCase()}</span>
                    <span>{name.charAt(0).toUpperCase() + name.slice(1)}<small>{roles.map(words).join(', ')}</small></span>
                  </AriaButton>
                </li>
              ))}
            </ul>
          </section>
        )}
        {!settings.identity && !settings.personas && (
          <p className="note wait">Nobody can sign in here yet: set <code>Q2C:Console:Issuer</code> and <code>Q2C:Console:ClientId</code>, as
            docs/security.md says, and start the gateway again.</p>
        )}
      </main>
    </div>
  );
}
