import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PartnerDirectory } from '../../src/application/partnerPolicy';
import { temporaryDirectory } from '../support/temporaryDirectory';

describe('the partner directory', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'partners.txt');
  afterAll(() => {
    directory.remove();
  });
  const fail = (error: unknown): never => {
    throw error;
  };
  const known = (partners: PartnerDirectory): string[] => ['anna@agency.example', 'paul@coach.example', '', '# paul'].filter((keapId) => partners.isKnown(keapId));

  it('contains the Keap IDs of its file in any case, and ignores empty lines and comments', () => {
    writeFileSync(file, '\uFEFF ANNA@agency.example\r\n\n# paul\n');
    expect(known(new PartnerDirectory(file, fail))).toEqual(['anna@agency.example']);
  });

  it('is read again when the file has changed', () => {
    writeFileSync(file, 'anna@agency.example\n');
    const partners = new PartnerDirectory(file, fail);
    writeFileSync(file, 'paul@coach.example\n');
    expect(known(partners)).toEqual(['paul@coach.example']);
  });

  it('stays in force while the file cannot be read, and is read again when it can', () => {
    writeFileSync(file, 'anna@agency.example\n');
    const told: unknown[] = [];
    const partners = new PartnerDirectory(file, (error) => told.push(error));
    rmSync(file);
    expect(known(partners)).toEqual(['anna@agency.example']);
    expect(told).toEqual([expect.objectContaining({ code: 'ENOENT' })]);
    writeFileSync(file, 'paul@coach.example\n');
    expect(known(partners)).toEqual(['paul@coach.example']);
  });

  it('requires a readable file at the start', () => {
    expect(() => new PartnerDirectory(`${file}.missing`, fail)).toThrow('ENOENT');
  });
});
