// Types of gas-local, which ships none: it runs every .js file of a folder in one realm.
declare module 'gas-local' {
  const gas: {
    /** @param globals the realm itself, if it is one already */
    require(folder: string, globals: object): object;
  };
  export default gas;
}
