import '../style/tokens.css';
import '@mantine/core/styles.layer.css';
import './theme/console.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { type PageConfig, readConfig } from '../server';
import { Console } from './app/Console';
import { ignoreDoubleClicks } from './app/doubleClicks';
import { takeInvitationLink } from './app/invitationLink';
import { Starting } from './app/Starting';
import { Surroundings } from './app/Surroundings';

/** Pause between attempts to read what the server says about itself, in milliseconds. */
const PAUSE_MS = 2_000;

const root = createRoot(document.getElementById('console') ?? document.body);

async function configOf(onAway: () => void): Promise<PageConfig> {
  for (;;) {
    try {
      return await readConfig();
    } catch {
      onAway();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

async function show(): Promise<void> {
  if (takeInvitationLink()) return;
  ignoreDoubleClicks();
  const config = await configOf(() => root.render(<StrictMode><Surroundings><Starting /></Surroundings></StrictMode>));
  root.render(<StrictMode><Surroundings><Console config={config} /></Surroundings></StrictMode>);
}

/** In the hidden frame in which a sign-in is renewed, there is nobody to show anything to. */
async function finishRenewal(): Promise<void> {
  const { OpenIdSignIn } = await import('./signIn/openId');
  const { signIn } = await readConfig();
  if (signIn !== null) await new OpenIdSignIn(signIn).finishRenewal();
}

void (window.self === window.top ? show() : finishRenewal());
