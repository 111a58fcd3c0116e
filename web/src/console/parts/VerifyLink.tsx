import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useLanguage } from '../texts/language';

/** Leads from where evidence is exported to the page that verifies it. */
export function VerifyLink(): ReactNode {
  const { texts } = useLanguage();
  return <p><Anchor underline="always" component={Link} href="/verify">{texts.verify.link}</Anchor></p>;
}
