import { setImmediate as nextTurn } from 'node:timers/promises';
import { createContext, runInContext } from 'node:vm';

/** An element as far as the page's script uses one. */
interface PageElement {
  textContent: string;
  hidden: boolean;
  dateTime: string;
}

/** The page after its script has come to rest. */
export interface InvitationPageRun {
  /** Text of the elements, by id. */
  readonly texts: Readonly<Record<string, string>>;
  /** Ids of the elements that are not hidden. */
  readonly visible: readonly string[];
  /** Every URL that was requested. */
  readonly addresses: readonly string[];
}

/**
 * Fetches the page of invitations and runs its script with just enough of a browser around it: elements with an id, and fetch.
 * @param url of the service that the page asks. @param pageUrl of a service without the console, whose page it is.
 */
export async function runInvitationPage(url: string, token: string, pageUrl: string): Promise<InvitationPageRun> {
  const [html, script] = await Promise.all(['invitation', 'invitation.js'].map(async (path) => (await fetch(`${pageUrl}/${path}`)).text()));
  const elements = new Map(
    [...(html ?? '').matchAll(/<\w+([^>]*) id="([\w-]+)"([^>]*)>/g)].map(([, before = '', id = '', after = '']): [string, PageElement] => [
      id,
      { textContent: '', hidden: / hidden/.test(before + after), dateTime: '' },
    ]),
  );
  const addresses: string[] = [];
  let underWay = 0;
  const fetchFromPage = async (address: string, init: RequestInit): Promise<Response> => {
    addresses.push(address);
    underWay += 1;
    try {
      const response = await fetch(`${url}/${address}`, init);
      const body = await response.text();
      return new Response(body, { status: response.status });
    } finally {
      underWay -= 1;
    }
  };
  const quiet = async (): Promise<void> => {
    for (let turns = 0; turns < 5; turns += underWay > 0 ? 0 : 1) await nextTurn();
  };
  const globals = { document: { title: '', getElementById: (id: string) => elements.get(id) ?? null }, location: { hash: token === '' ? '' : `#${token}`, reload: () => undefined }, fetch: fetchFromPage, addEventListener: () => undefined };
  runInContext(script ?? '', createContext(globals));
  await quiet();
  return {
    get texts() {
      return Object.fromEntries([...elements].map(([id, { textContent }]) => [id, textContent]));
    },
    get visible() {
      return [...elements].flatMap(([id, { hidden }]) => (hidden ? [] : [id]));
    },
    addresses,
  };
}
