import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['build/', 'dist/', '**/node_modules/', 'tests/golden/data/'] },
  ...ts.configs.recommended,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
      'no-var': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/prefer-for-of': 'off',
      'svelte/no-unused-svelte-ignore': 'off', // svelte-check is the judge of the compiler's warnings
    },
  },
  {
    files: ['wasm/js/**/*.ts'],
    rules: { 'no-console': ['error', { allow: ['log', 'warn'] }] },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    // `let { a, b } = $props()` is how Svelte declares properties; its own rule knows that.
    rules: { 'prefer-const': 'off', 'svelte/prefer-const': 'error' },
  },
);
