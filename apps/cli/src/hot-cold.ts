// The entry of what hot.ts loads when it is called for: the bundler puts the functions of cold-files.ts here (see bundle-plugins.ts). Nothing imports this.
export {};
