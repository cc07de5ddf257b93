-- A reason says something: not white space alone, whatever the server's locale calls white space. The characters are
-- those of Python's str.isspace, so that the database refuses what the application does.
create function says_something(t text) returns boolean language sql immutable parallel safe
    as $$ select btrim(t, E'\t\n\u000b\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000') <> '' $$;

-- Rows that are there already are not judged anew.
do $$
declare c record;
begin
  for c in select conrelid::regclass as of, conname, pg_get_constraintdef(oid) as says from pg_constraint
            where connamespace = 'assay'::regnamespace and contype = 'c' and pg_get_constraintdef(oid) like '%~ ''\\S''%' loop
    execute format('alter table %s drop constraint %I', c.of, c.conname);
    execute format('alter table %s add constraint %I %s not valid', c.of, c.conname,
                   regexp_replace(c.says, '\((\w+) ~ ''\\S''::text\)', 'assay.says_something(\1)'));
  end loop;
end $$;
