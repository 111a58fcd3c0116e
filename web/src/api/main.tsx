import 'graphiql/setup-workers/vite';
import '../style/tokens.css';
import '@mantine/core/styles.layer.css';
import '../console/theme/console.css';
import 'graphiql/style.css';
import './api.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Surroundings } from '../console/app/Surroundings';
import { readConfig } from '../server';
import { ApiPage } from './ApiPage';
import { ApiTexts } from './texts/apiTexts';

const root = createRoot(document.getElementById('page') ?? document.body);
readConfig().then(
  (config) => root.render(<StrictMode><Surroundings><ApiTexts><ApiPage config={config} /></ApiTexts></Surroundings></StrictMode>),
  (error: unknown) => root.render(<p role="alert">{error instanceof Error ? error.message : String(error)}</p>),
);
