import { builtinModules } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';

/**
 * Says of a group of files what they may import, and nothing else: files of the project by pattern (`**` any path, `*`
 * within one name), files that they may import types of, and packages (`node:**` for what Node brings). It works on the
 * text of the import alone, so that it needs no resolver and says the same of a file that does not exist yet.
 */
export const mayImportOnly = {
  meta: {
    type: 'problem',
    docs: { description: 'lets a file import only what its place in the house allows' },
    schema: [
      {
        type: 'object',
        properties: {
          zone: { type: 'string' },
          files: { type: 'array', items: { type: 'string' } },
          types: { type: 'array', items: { type: 'string' } },
          packages: { type: 'array', items: { type: 'string' } },
          advice: { type: 'string' },
        },
        required: ['zone', 'files', 'types', 'packages', 'advice'],
        additionalProperties: false,
      },
    ],
    messages: {
      file: '{{zone}} may not import {{target}}. {{advice}}',
      value: '{{zone}} may import only types of {{target}} (write `import type`). {{advice}}',
      package: '{{zone}} may not import the package {{target}}. {{advice}}',
    },
  },

  create(context) {
    const { zone, files, types, packages, advice } = context.options[0];
    const allowedFiles = files.map(toRegExp);
    const allowedTypes = types.map(toRegExp);
    const allowedPackages = packages.map(toRegExp);
    const matches = (patterns, name) => patterns.some((pattern) => pattern.test(name));

    function check(source, typesOnly) {
      if (typeof source?.value !== 'string') return;
      const specifier = source.value;
      if (!specifier.startsWith('.')) {
        const target = packageName(specifier);
        if (!matches(allowedPackages, target)) context.report({ node: source, messageId: 'package', data: { zone, target, advice } });
        return;
      }
      const target = projectFile(context, specifier);
      if (matches(allowedFiles, target)) return;
      const asType = matches(allowedTypes, target);
      if (asType && typesOnly) return;
      context.report({ node: source, messageId: asType ? 'value' : 'file', data: { zone, target, advice } });
    }

    return {
      ImportDeclaration: (node) => check(node.source, importsTypesOnly(node)),
      ExportNamedDeclaration: (node) => check(node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node.source, false),
      TSImportType: (node) => check(node.source, true),
      TSExternalModuleReference: (node) => check(node.expression, false),
      'CallExpression[callee.name="require"]': (node) => check(node.arguments[0], false),
    };
  },
};

function importsTypesOnly(node) {
  if (node.importKind === 'type') return true;
  return node.specifiers.length > 0 && node.specifiers.every((specifier) => specifier.importKind === 'type');
}

/** The file that a relative import names: from the top of the project, with `/`, without extension. */
function projectFile(context, specifier) {
  const file = resolve(dirname(context.filename), specifier);
  return relative(context.cwd, file)
    .split(sep)
    .join('/')
    .replace(/\.(?:[cm]?[jt]s|json)$/, '');
}

/** `a`, `@scope/a` or `node:a`, without the path inside the package. */
function packageName(specifier) {
  if (specifier.startsWith('node:')) return specifier;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return builtinModules.includes(name) ? `node:${specifier}` : name;
}

function toRegExp(pattern) {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`);
}
