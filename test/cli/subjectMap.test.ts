import { SignInRebinding } from '../../src/application/people/rebinding';
import { parseSubjectMap } from '../../src/cli/subjectMap';

describe('a map of subjects', () => {
  it.each<[string, string]>([
    ['CSV with a header', 'old,new\na,b\n"c,1","d"" 2"\n'],
    ['CSV with other names and columns', 'Name,old_sub,New Sub\nAda,a,b\nBob,"c,1","d"" 2"\n'],
    ['CSV without a header', 'a,b\n"c,1","d"" 2"'],
    ['CSV with a byte order mark, CRLF and blank lines', '\ufeffold,new\r\na,b\r\n\r\n"c,1","d"" 2"\r\n\r\n'],
    ['lines of JSON', '{"old":"a","new":"b"}\n\n{"from":"c,1","to":"d\\" 2"}\n'],
    ['lines of JSON with a byte order mark and CRLF', '\ufeff{"old_sub":"a","new_sub":"b"}\r\n{"oldSub":"c,1","newSub":"d\\" 2"}\r\n'],
  ])('may be %s', (_what, text) => {
    expect(parseSubjectMap(Buffer.from(text)).map(({ from, to }) => [from, to])).toEqual([['a', 'b'], ['c,1', 'd" 2']]);
  });

  it('knows the line of each change', () => {
    expect(parseSubjectMap(Buffer.from('old,new\r\n\r\na,b\r\nc,d')).map(({ line }) => line)).toEqual([3, 4]);
    expect(parseSubjectMap(Buffer.from('{"old":"a","new":"b"}\n\n{"old":"c","new":"d"}')).map(({ line }) => line)).toEqual([1, 3]);
  });

  it.each<[string, string | Buffer, string]>([
    ['a line without a new subject', 'old,new\na,b\nc\n', 'Line 3: it has 1 columns instead of 2.'],
    ['an empty subject', 'old,new\na,b\nc,\n', 'Line 3: the new subject must be a text of 1 to 1000 characters.'],
    ['white space around a subject', 'a,b\nc, d\n', 'Line 2: the new subject " d" has white space around it'],
    ['a header with one known column', 'old,subject\na,b\n', 'Line 1: the columns must be named old and new.'],
    ['a line that is no JSON', '{"old":"a","new":"b"}\nnonsense', 'Line 2: it is not a JSON object'],
    ['JSON with a number', '{"old":"a","new":7}', 'Line 1: the new subject must be a text'],
    ['JSON without a field', '{"old":"a"}', 'Line 1: it must have one field "new".'],
    ['JSON with a field twice', '{"old":"a","from":"b","new":"c"}', 'Line 1: it must have one field "old".'],
    ['a quote that does not end', 'old,new\n"a,b\n', 'is not valid CSV'],
    ['UTF-16', Buffer.from('\ufeffold,new\na,b\n', 'utf16le'), 'is encoded in UTF-16. Save it as UTF-8.'],
    ['Latin-1', Buffer.from('old,new\nmüller,b\n', 'latin1'), 'is not valid UTF-8.'],
    ['nothing', '\n', 'holds no subjects.'],
  ])('cannot hold %s', (_what, map, message) => {
    expect(() => parseSubjectMap(Buffer.from(map))).toThrow(message);
  });

  const unused = (): never => { throw new Error('Nobody in the map is in an app.'); };
  const nobody = new SignInRebinding({ load: unused, handle: unused, contextOf: unused }, { appIdsOfPerson: () => [] });
  const applied = (text: string, after = (subject: string): string => subject): Promise<unknown> =>
    nobody.run({ changes: parseSubjectMap(Buffer.from(text)), reason: 'x', dryRun: false, personBefore: (subject) => subject, personAfter: after });

  it.each([
    ['a,a\n', 'Line 1: the old and the new subject are the same (a), at the same issuer.'],
    ['a,b\nc,d\na,e\n', 'Line 3: the old subject a is in line 1 already.'],
    ['a,b\nc,b\n', 'Line 2: the new subject b is in line 1 already, and two people cannot become one.'],
    ['a,b\nb,c\n', 'Line 1: the new subject b is the old subject of line 2.'],
    ['a,b\nb,a\n', 'Line 1: the new subject b is the old subject of line 2.'],
  ])('contradicts itself: %j', async (text, message) => {
    await expect(applied(text)).rejects.toThrow(message);
  });

  it('may name the same subjects at another issuer', async () => {
    expect(await applied('a,a\nb,c\nc,b\n', (subject) => `new ${subject}`)).toMatchObject({ lines: 3, unknown: 3, memberships: 0 });
  });
});
