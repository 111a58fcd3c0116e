import './start.css';
import { readConfig } from '../signIn';

const firstRequest = (origin: string, keapId: string): string => `TOKEN=$(curl -s ${origin}dev/token -H 'content-type: application/json' \\
  -d '{"keapId": "${keapId}"}' | cut -d'"' -f4)
curl -s ${origin}graphql -H 'content-type: application/json' -H "authorization: Bearer $TOKEN" \\
  -d '{"query": "{ viewer { keapId } }"}'`;

const show = (id: string): HTMLElement | null => {
  const element = document.getElementById(id);
  if (element !== null) element.hidden = false;
  return element;
};

const { development, introspection, demoPeople } = await readConfig();
if (introspection) show('explorer');
if (development) {
  show('development');
  const text = document.getElementById('first-request');
  if (text !== null) text.textContent = firstRequest(new URL('.', location.href).href, demoPeople[0]?.keapId ?? 'coach@example.com');
}
