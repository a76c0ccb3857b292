const { dest, parallel, src } = require('gulp');

// gulp decodes files as text unless told otherwise, which corrupts everything but text.
const asIs = { encoding: false };

const nodeIcons = () => src('nodes/**/*.{svg,png}', asIs).pipe(dest('dist/nodes'));
const sharedIcons = () => src('icons/**/*.{svg,png}', asIs).pipe(dest('dist/icons'));

exports['build:icons'] = parallel(nodeIcons, sharedIcons);
