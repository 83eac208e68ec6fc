-- uuid and text beside ranges in one GiST index.
create extension if not exists btree_gist;
