-- plain
select label.id, label.name from label;

-- equal
select label.id, label.name from label where label.name = $1;
-- ['x']

-- equal_by_name
select label.id, label.name from label where label.name = $1;
-- ['x']

-- equal_null
select label.id, label.name from label where label.name is null;

-- unequal_null
select label.id, label.name from label where label.name is not null;

-- equal_null_by_name
select label.id, label.name from label where label.name is null;

-- several
select label.id, label.name from label where label.id >= $1 and ((label.id < $2) or ((label.id > $3) and (label.id <= $4)) or (not (label.name <> $5)));
-- [3, 9, 10, 20, 'y']

-- patterns
select label.id, label.name from label where ((label.name like $1) and (label.name ilike $2) and (label.name like $3) and (label.name like $4) and (label.name like $5) and (label.name not like $6));
-- ['P%', '_x', '50\%%', '%a\_b', '%c\\d%', 'z%']

-- patterns_of_columns
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where ((starts_with("user".username, "user".username)) or (starts_with(reverse("user".username), reverse(('x' || 'y')))) or (strpos("user".username, (lower('X'))) > 0));

-- in_integers
select label.id, label.name from label where label.id = any($1);
-- [ARRAY[1, 2, 3]]

-- in_none
select label.id, label.name from label where label.id = any($1);
-- [ARRAY[]]

-- not_in_texts
select label.id, label.name from label where label.name <> all($1);
-- [ARRAY['a', 'b']]

-- in_wide
select label.id, label.name from label where label.id = any($1);
-- [ARRAY[1, 1099511627776]]

-- in_narrow
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".visits = any($1);
-- [ARRAY[1, 2]]

-- in_dates
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".born = any($1);
-- [ARRAY['1970-01-02', '1970-01-03']]

-- in_enums
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".mood = any($1::text[]::mood[]);
-- [ARRAY['happy', 'sad']]

-- in_numerics
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".balance = any($1);
-- [ARRAY[1.50, -3]]

-- types
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where (("user".age = $1) and ("user".visits = $2) and ("user".mood = $3) and ("user".born > $4) and ("user".active = $5) and ("user".ratio < $6) and ("user".balance = $7) and ("user".seen >= $8));
-- [18, 3, 'happy', '1970-04-11', true, 1, '1.50', '1970-01-01 00:00:00+00']

-- between
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".age between $1 and $2;
-- [18, 30]

-- nulls
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where (("user".age is null) or ("user".seen is not null));

-- distinct_from
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where (("user".age is distinct from $1) and ("user".age is not distinct from "user".id));
-- [NULL]

-- value_first
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where $1 < "user".visits;
-- [3]

-- nothing_and_all
select label.id, label.name from label where not ($1 = (1 = 1 or 2 = 1));
-- [true]

-- fragments
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".id = $1 and (lower("user".username) = $2 or "user".age + $3 > $3) order by length("user".username) desc nulls last;
-- [1, 'ann', 3]

-- orders
select label.id, label.name from label order by label.name desc, label.id nulls first;

-- order_of_text
select label.id, label.name from label order by label.name desc nulls last, label.id;

-- limits
select label.id, label.name from label order by label.id limit $1 offset $2;
-- [20, 40]

-- offset_0
select label.id, label.name from label limit $1;
-- [0]

-- distinct_rows
select distinct label.id, label.name from label;

-- grouped
select post.author_id, count(*) as n, max(post.created) as "Last one" from post group by post.author_id having (count(*) > $1);
-- [1]

-- columns
select distinct post.title from post order by post.title limit $1;
-- [3]

-- count
select count(*) from post where post.title = $1;
-- ['x']

-- count_limited
select count(*) from (select 1 from post limit $1) as q;
-- [3]

-- count_distinct
select count(*) from (select distinct label.id, label.name from label) as q;

-- count_grouped
select count(*) from (select 1 from post group by post.author_id) as q;

-- count_columns
select count(*) from (select distinct post.title from post) as q;

-- count_without_loads
select count(*) from "user";

-- any
select exists (select 1 from post where post.title = $1);
-- ['x']

-- any_offset
select exists (select distinct label.id, label.name from label offset $1);
-- [2]

-- locked
select label.id, label.name from label where label.id = $1 for update;
-- [1]
--   alone

-- locked_nowait
select label.id, label.name from label for no key update nowait;
--   alone

-- locked_skip
select label.id, label.name from label limit $1 for share skip locked;
-- [1]
--   alone

-- locked_joined
select post.id, post.author_id, post.title, post.created, user_1.id, user_1.username, user_1.age, user_1.mood, user_1.visits, user_1.born, user_1.balance, user_1.active, user_1.ratio, user_1.tags, user_1.seen from post left join "user" as user_1 on user_1.id = post.author_id for key share of post;
--   Post: 0 1 2 3
--   User: 4 5 6 7 8 9 10 11 12 13 14
--   joined Post.author: 0 to 1
--   alone

-- locked_nested
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen, post_1.id, post_1.author_id, post_1.title, post_1.created from (select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" limit $1 for update skip locked) as "user" left join post as post_1 on post_1.author_id = "user".id order by post_1.created desc nulls last, post_1.id;
-- [2]
--   User: 0 1 2 3 4 5 6 7 8 9 10
--   Post: 11 12 13 14
--   joined User.posts: 0 to 1
--   alone

-- join_one
select post.id, post.author_id, post.title, post.created from post join "user" on "user".id = post.author_id where "user".username = $1;
-- ['ann']

-- join_many
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" left join post on post.author_id = "user".id order by post.title;

-- join_through
select post.id, post.author_id, post.title, post.created from post join (post_labels as post_labels_1 join label on label.id = post_labels_1.label_id) on post_labels_1.post_id = post.id where label.name = $1;
-- ['c']

-- join_through_outer
select post.id, post.author_id, post.title, post.created from post left join (post_labels as post_labels_1 join label on label.id = post_labels_1.label_id) on post_labels_1.post_id = post.id where label.id is null;

-- join_twice
select comment.id, comment.post_id, comment.body from comment join post on post.id = comment.post_id join "user" on "user".id = post.author_id;

-- join_same
select comment.id, comment.post_id, comment.body from comment join post on post.id = comment.post_id;

-- join_self
select node.id, node.parent_id, node.name from node join node as node_1 on node_1.id = node.parent_id join node as node_2 on node_2.id = node_1.parent_id where ((node_2.name = node.name) and (node_1.name <> node.name));

-- exists_related
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where exists (select 1 from post where post.author_id = "user".id and post.title = $1);
-- ['x']

-- not_exists
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".id = $1 and not exists (select 1 from "user" as user_1 where user_1.id = $2);
-- [1, 2]

-- joined_many
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen, post_1.id, post_1.author_id, post_1.title, post_1.created from "user" left join post as post_1 on post_1.author_id = "user".id order by "user".id, post_1.created desc nulls last, post_1.id;
--   User: 0 1 2 3 4 5 6 7 8 9 10
--   Post: 11 12 13 14
--   joined User.posts: 0 to 1

-- joined_one
select post.id, post.author_id, post.title, post.created, user_1.id, user_1.username, user_1.age, user_1.mood, user_1.visits, user_1.born, user_1.balance, user_1.active, user_1.ratio, user_1.tags, user_1.seen from post left join "user" as user_1 on user_1.id = post.author_id;
--   Post: 0 1 2 3
--   User: 4 5 6 7 8 9 10 11 12 13 14
--   joined Post.author: 0 to 1

-- joined_inner
select post.id, post.author_id, post.title, post.created, user_1.id, user_1.username, user_1.age, user_1.mood, user_1.visits, user_1.born, user_1.balance, user_1.active, user_1.ratio, user_1.tags, user_1.seen from post join "user" as user_1 on user_1.id = post.author_id;
--   Post: 0 1 2 3
--   User: 4 5 6 7 8 9 10 11 12 13 14
--   joined Post.author: 0 to 1

-- joined_through
select post.id, post.author_id, post.title, post.created, label_1.id, label_1.name from post left join (post_labels as post_labels_1 join label as label_1 on label_1.id = post_labels_1.label_id) on post_labels_1.post_id = post.id order by label_1.name;
--   Post: 0 1 2 3
--   Label: 4 5
--   joined Post.labels: 0 to 1

-- joined_self
select node.id, node.parent_id, node.name, node_1.id, node_1.parent_id, node_1.name from node left join node as node_1 on node_1.parent_id = node.id order by node_1.name;
--   Node: 0 1 2
--   Node: 3 4 5
--   joined Node.children: 0 to 1

-- joined_deep
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen, post_1.id, post_1.author_id, post_1.title, post_1.created, user_1.id, user_1.username, user_1.age, user_1.mood, user_1.visits, user_1.born, user_1.balance, user_1.active, user_1.ratio, user_1.tags, user_1.seen, label_1.id, label_1.name from "user" left join post as post_1 on post_1.author_id = "user".id left join "user" as user_1 on user_1.id = post_1.author_id left join (post_labels as post_labels_1 join label as label_1 on label_1.id = post_labels_1.label_id) on post_labels_1.post_id = post_1.id order by post_1.created desc nulls last, post_1.id, label_1.name;
--   User: 0 1 2 3 4 5 6 7 8 9 10
--   Post: 11 12 13 14
--   User: 15 16 17 18 19 20 21 22 23 24 25
--   Label: 26 27
--   joined User.posts: 0 to 1
--   joined Post.author: 1 to 2
--   joined Post.labels: 1 to 3

-- joined_limited
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen, post_1.id, post_1.author_id, post_1.title, post_1.created from (select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" order by "user".id limit $1) as "user" left join post as post_1 on post_1.author_id = "user".id order by "user".id, post_1.created desc nulls last, post_1.id;
-- [2]
--   User: 0 1 2 3 4 5 6 7 8 9 10
--   Post: 11 12 13 14
--   joined User.posts: 0 to 1

-- joined_limited_one
select post.id, post.author_id, post.title, post.created, user_1.id, user_1.username, user_1.age, user_1.mood, user_1.visits, user_1.born, user_1.balance, user_1.active, user_1.ratio, user_1.tags, user_1.seen from post left join "user" as user_1 on user_1.id = post.author_id limit $1;
-- [2]
--   Post: 0 1 2 3
--   User: 4 5 6 7 8 9 10 11 12 13 14
--   joined Post.author: 0 to 1

-- joined_limited_by_others
select post.id, post.author_id, post.title, post.created, comment_1.id, comment_1.post_id, comment_1.body from (select post.id, post.author_id, post.title, post.created, "user".username as aq_order_1, length(post.title) + $1 as aq_order_2 from post join "user" on "user".id = post.author_id where "user".username = $2 order by aq_order_1 desc, aq_order_2 limit $3) as post left join comment as comment_1 on comment_1.post_id = post.id order by post.aq_order_1 desc, post.aq_order_2, comment_1.id;
-- [1, 'ann', 2]
--   Post: 0 1 2 3
--   Comment: 4 5 6
--   joined Post.comments: 0 to 1

-- joined_distinct
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen, post_1.id, post_1.author_id, post_1.title, post_1.created from (select distinct "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user") as "user" left join post as post_1 on post_1.author_id = "user".id order by post_1.created desc nulls last, post_1.id;
--   User: 0 1 2 3 4 5 6 7 8 9 10
--   Post: 11 12 13 14
--   joined User.posts: 0 to 1

-- lazy_over_joined
select line.id, line.year, line.kind, line."select" from line;

-- default_joined
select line.id, line.year, line.kind, line."select", "Yearly report_1".year, "Yearly report_1".kind, "Yearly report_1".text from line left join "Yearly report" as "Yearly report_1" on "Yearly report_1".year = line.year and "Yearly report_1".kind = line.kind;
--   Line: 0 1 2 3
--   Report: 4 5 6
--   joined Line.report: 0 to 1

-- default_selectin
select "Yearly report".year, "Yearly report".kind, "Yearly report".text from "Yearly report";
--   Report: 0 1 2
--   then Report.lines of 0 by selectin

-- subquery_first
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user";
--   User: 0 1 2 3 4 5 6 7 8 9 10
--   then User.posts of 0 by subquery

-- single_base
select animal.id, animal.kind, animal.name, animal.tricks from animal;
--   Animal: 0 1 2, told by 1; Dog: 0 1 2 3

-- single_child
select animal.id, animal.kind, animal.name, animal.tricks from animal where animal.kind = any($1) and animal.tricks > $2;
-- [ARRAY['dog'], 3]

-- single_child_of_base
select count(*) from animal where animal.tricks > $1;
-- [3]

-- joined_base
select employee.id, employee.type, employee.name, employee.company_id, manager.department, engineer.language from employee left join manager on manager.id = employee.id left join engineer on engineer.id = employee.id where employee.name = $1;
-- ['x']
--   Employee: 0 1 2 3, told by 1; Manager: 0 1 2 3 4; Engineer: 0 1 2 3 5

-- joined_base_count
select count(*) from employee where employee.name = $1;
-- ['x']

-- joined_base_by_child
select count(*) from employee left join manager on manager.id = employee.id left join engineer on engineer.id = employee.id where manager.department = $1;
-- ['x']

-- joined_child
select manager.id, employee.type, employee.name, employee.company_id, manager.department from employee join manager on manager.id = employee.id where employee.name = $1;
-- ['x']

-- joined_hierarchy
select company.id, company.name, employee_1.id, employee_1.type, employee_1.name, employee_1.company_id, manager_1.department, engineer_1.language from company left join (employee as employee_1 left join manager as manager_1 on manager_1.id = employee_1.id left join engineer as engineer_1 on engineer_1.id = employee_1.id) on employee_1.company_id = company.id;
--   Company: 0 1
--   Employee: 2 3 4 5, told by 3; Manager: 2 3 4 5 6; Engineer: 2 3 4 5 7
--   joined Company.employees: 0 to 1

-- joined_hierarchy_limited
select employee.c1, employee.c2, employee.c3, employee.c4, employee.c5, employee.c6, company_1.id, company_1.name, employee_1.id, employee_1.type, employee_1.name, employee_1.company_id, manager_1.department, engineer_1.language from (select employee.id as c1, employee.type as c2, employee.name as c3, employee.company_id as c4, manager.department as c5, engineer.language as c6 from employee left join manager on manager.id = employee.id left join engineer on engineer.id = employee.id order by employee.name limit $1) as employee left join company as company_1 on company_1.id = employee.c4 left join (employee as employee_1 left join manager as manager_1 on manager_1.id = employee_1.id left join engineer as engineer_1 on engineer_1.id = employee_1.id) on employee_1.company_id = company_1.id order by employee.c3;
-- [2]
--   Employee: 0 1 2 3, told by 1; Manager: 0 1 2 3 4; Engineer: 0 1 2 3 5
--   Company: 6 7
--   Employee: 8 9 10 11, told by 9; Manager: 8 9 10 11 12; Engineer: 8 9 10 11 13
--   joined Employee.company: 0 to 1
--   joined Company.employees: 1 to 2

-- json_plain
select coalesce(json_agg(json_build_object('id', post.id, 'author_id', post.author_id, 'title', post.title, 'created', post.created) order by post.id), '[]') from post where post.id > $1;
-- [1]

-- json_related
select coalesce(json_agg(json_build_object('id', "user".id, 'username', "user".username, 'age', "user".age, 'mood', "user".mood, 'visits', "user".visits, 'born', "user".born, 'balance', "user".balance, 'active', "user".active, 'ratio', "user".ratio, 'tags', "user".tags, 'seen', "user".seen, 'posts', (select coalesce(json_agg(json_build_object('id', post_1.id, 'author_id', post_1.author_id, 'title', post_1.title, 'created', post_1.created, 'author', (select json_build_object('id', user_1.id, 'username', user_1.username, 'age', user_1.age, 'mood', user_1.mood, 'visits', user_1.visits, 'born', user_1.born, 'balance', user_1.balance, 'active', user_1.active, 'ratio', user_1.ratio, 'tags', user_1.tags, 'seen', user_1.seen) from "user" as user_1 where user_1.id = post_1.author_id), 'labels', (select coalesce(json_agg(json_build_object('id', label_1.id, 'name', label_1.name) order by label_1.name), '[]') from post_labels as post_labels_1 join label as label_1 on label_1.id = post_labels_1.label_id where post_labels_1.post_id = post_1.id)) order by post_1.created desc nulls last, post_1.id), '[]') from post as post_1 where post_1.author_id = "user".id))), '[]') from "user";

-- json_limited
select coalesce(json_agg(json_build_object('id', post.id, 'author_id', post.author_id, 'title', post.title, 'created', post.created, 'comments', (select coalesce(json_agg(json_build_object('id', comment_1.id, 'post_id', comment_1.post_id, 'body', comment_1.body) order by comment_1.id), '[]') from comment as comment_1 where comment_1.post_id = post.id)) order by post.created desc), '[]') from (select post.id, post.author_id, post.title, post.created from post order by post.created desc limit $1) as post;
-- [2]

-- json_joined
select coalesce(json_agg(json_build_object('id', post.id, 'author_id', post.author_id, 'title', post.title, 'created', post.created, 'author', (select json_build_object('id', user_1.id, 'username', user_1.username, 'age', user_1.age, 'mood', user_1.mood, 'visits', user_1.visits, 'born', user_1.born, 'balance', user_1.balance, 'active', user_1.active, 'ratio', user_1.ratio, 'tags', user_1.tags, 'seen', user_1.seen) from "user" as user_1 where user_1.id = post.author_id)) order by post.aq_order_1) filter (where exists (select 1 from "user" as user_2 where user_2.id = post.author_id)), '[]') from (select distinct on (post.id) * from (select post.id, post.author_id, post.title, post.created, label.name as aq_order_1 from post join (post_labels as post_labels_1 join label on label.id = post_labels_1.label_id) on post_labels_1.post_id = post.id order by aq_order_1) as post order by post.id, post.aq_order_1) as post;

-- json_hierarchy
select coalesce(json_agg(case employee.type::text when $1 then json_build_object('id', employee.id, 'type', employee.type, 'name', employee.name, 'company_id', employee.company_id, 'department', manager.department) when $2 then json_build_object('id', employee.id, 'type', employee.type, 'name', employee.name, 'company_id', employee.company_id, 'language', engineer.language) else json_build_object('id', employee.id, 'type', employee.type, 'name', employee.name, 'company_id', employee.company_id) end order by employee.id), '[]') from employee left join manager on manager.id = employee.id left join engineer on engineer.id = employee.id;
-- ['manager', 'engineer']

-- json_quoted
select coalesce(json_agg(json_build_object('year', "Yearly report".year, 'kind', "Yearly report".kind, 'text', "Yearly report".text, 'lines', (select coalesce(json_agg(json_build_object('id', line_1.id, 'year', line_1.year, 'kind', line_1.kind, 'select', line_1."select")), '[]') from line as line_1 where line_1.year = "Yearly report".year and line_1.kind = "Yearly report".kind))), '[]') from "Yearly report";

-- json_wide
select coalesce(json_agg((select row_to_json(r) from (select wide.id as "id", wide.c00 as "c00", wide.c01 as "c01", wide.c02 as "c02", wide.c03 as "c03", wide.c04 as "c04", wide.c05 as "c05", wide.c06 as "c06", wide.c07 as "c07", wide.c08 as "c08", wide.c09 as "c09", wide.c10 as "c10", wide.c11 as "c11", wide.c12 as "c12", wide.c13 as "c13", wide.c14 as "c14", wide.c15 as "c15", wide.c16 as "c16", wide.c17 as "c17", wide.c18 as "c18", wide.c19 as "c19", wide.c20 as "c20", wide.c21 as "c21", wide.c22 as "c22", wide.c23 as "c23", wide.c24 as "c24", wide.c25 as "c25", wide.c26 as "c26", wide.c27 as "c27", wide.c28 as "c28", wide.c29 as "c29", wide.c30 as "c30", wide.c31 as "c31", wide.c32 as "c32", wide.c33 as "c33", wide.c34 as "c34", wide.c35 as "c35", wide.c36 as "c36", wide.c37 as "c37", wide.c38 as "c38", wide.c39 as "c39", wide.c40 as "c40", wide.c41 as "c41", wide.c42 as "c42", wide.c43 as "c43", wide.c44 as "c44", wide.c45 as "c45", wide.c46 as "c46", wide.c47 as "c47", wide.c48 as "c48", wide.c49 as "c49") as r)), '[]') from wide where wide.c00 = any($1);
-- [ARRAY[1, 2, 3]]

-- json_none
select coalesce(json_agg(json_build_object('id', label.id, 'name', label.name)), '[]') from label where label.id = $1;
-- [99]

-- delete_some
delete from "user" where "user".age < $1;
-- [18]
--   alone

-- delete_all
delete from comment;
--   alone

-- delete_single
delete from animal where animal.kind = any($1);
-- [ARRAY['dog']]
--   alone

-- delete_joined
with aq_keys as (select manager.id as k1 from employee join manager on manager.id = employee.id where manager.department = $1), aq_deleted_1 as (delete from manager using aq_keys where manager.id = aq_keys.k1) delete from employee using aq_keys where employee.id = aq_keys.k1;
-- ['x']
--   alone

-- delete_hierarchy
with aq_keys as (select employee.id as k1 from employee left join manager on manager.id = employee.id left join engineer on engineer.id = employee.id where employee.name = $1), aq_deleted_1 as (delete from manager using aq_keys where manager.id = aq_keys.k1), aq_deleted_2 as (delete from engineer using aq_keys where engineer.id = aq_keys.k1) delete from employee using aq_keys where employee.id = aq_keys.k1;
-- ['x']
--   alone

-- update_some
update "user" set mood = $1, balance = $2, age = "user".age + $3 where "user".age < $4;
-- ['sad', '3.5', 1, 18]
--   alone

-- update_null
update "user" set age = $1;
-- [NULL]
--   alone

-- update_array
update "user" set tags = $1::text[]::varchar[];
-- [ARRAY['a', 'b']]
--   alone

-- update_joined
update manager set department = $1 from employee where manager.id = employee.id and employee.name = $2;
-- ['y', 'x']
--   alone

-- update_single
update animal set tricks = $1 where animal.kind = any($2);
-- [3, ARRAY['dog']]
--   alone

-- selectin_many
select post.author_id, post.id, post.author_id, post.title, post.created from post where post.author_id = any($1) order by post.created desc nulls last, post.id;
-- [ARRAY[0, 0]]

-- selectin_one
select "user".id, "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".id = any($1);
-- [ARRAY[NULL, NULL]]

-- selectin_through
select post_labels_1.post_id, label.id, label.name from post_labels as post_labels_1 join label on label.id = post_labels_1.label_id where post_labels_1.post_id = any($1) order by label.name;
-- [ARRAY[0, 0]]

-- selectin_back
select post_labels_1.label_id, post.id, post.author_id, post.title, post.created from post_labels as post_labels_1 join post on post.id = post_labels_1.post_id where post_labels_1.label_id = any($1);
-- [ARRAY[0, 0]]

-- selectin_compound
select line.year, line.kind, line.id, line.year, line.kind, line."select" from line where (line.year, line.kind) in (select k.k1, k.k2::mood from unnest($1::int4[], $2::text[]) as k (k1, k2));
-- [ARRAY[0, 0], ARRAY['sad', 'sad']]

-- selectin_compound_one
select "Yearly report".year, "Yearly report".kind, "Yearly report".year, "Yearly report".kind, "Yearly report".text from "Yearly report" where ("Yearly report".year, "Yearly report".kind) in (select k.k1, k.k2::mood from unnest($1::int4[], $2::text[]) as k (k1, k2));
-- [ARRAY[0, 0], ARRAY['sad', 'sad']]

-- selectin_hierarchy
select employee.company_id, employee.id, employee.type, employee.name, employee.company_id, manager.department, engineer.language from employee left join manager on manager.id = employee.id left join engineer on engineer.id = employee.id where employee.company_id = any($1);
-- [ARRAY[0, 0]]
--   Employee: 1 2 3 4, told by 2; Manager: 1 2 3 4 5; Engineer: 1 2 3 4 6

-- subquery_many
select post.author_id, post.id, post.author_id, post.title, post.created from post where post.author_id in (select "user".id from "user" where "user".username = $1) order by post.created desc nulls last, post.id;
-- ['ann']

-- subquery_one
select "user".id, "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".id in (select post.author_id from post order by post.title limit $1);
-- [3]

-- subquery_through
select post_labels_1.post_id, label.id, label.name from post_labels as post_labels_1 join label on label.id = post_labels_1.label_id where post_labels_1.post_id in (select post.id from post) order by label.name;

-- subquery_distinct
select post.author_id, post.id, post.author_id, post.title, post.created from post where post.author_id in (select "user".id from (select distinct "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" limit $1) as "user") order by post.created desc nulls last, post.id;
-- [3]

-- subquery_compound
select line.year, line.kind, line.id, line.year, line.kind, line."select" from line where (line.year, line.kind) in (select "Yearly report".year, "Yearly report".kind from "Yearly report");

-- parent_many
select post.id, post.author_id, post.title, post.created from post where post.author_id = $1 and post.title <> $2;
-- [7, 'x']

-- parent_one
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".id = $1;
-- [NULL]

-- parent_through
select label.id, label.name from label where exists (select 1 from post_labels as post_labels_1 where label.id = post_labels_1.label_id and post_labels_1.post_id = $1);
-- [7]

-- dynamic
select post.id, post.author_id, post.title, post.created from post where post.author_id = $1 order by post.title, post.id limit $2;
-- [7, 2]

-- key_one
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".id = $1;
-- [NULL]

-- key_many
select "user".id, "user".username, "user".age, "user".mood, "user".visits, "user".born, "user".balance, "user".active, "user".ratio, "user".tags, "user".seen from "user" where "user".id = any($1);
-- [NULL]

-- key_compound
select "Yearly report".year, "Yearly report".kind, "Yearly report".text from "Yearly report" where "Yearly report".year = $1 and "Yearly report".kind = $2;
-- [NULL, NULL]
--   Report: 0 1 2
--   then Report.lines of 0 by selectin

-- key_compound_many
select "Yearly report".year, "Yearly report".kind, "Yearly report".text from "Yearly report" where ("Yearly report".year, "Yearly report".kind) in (select k.k1, k.k2::mood from unnest($1::int4[], $2::text[]) as k (k1, k2));
-- [NULL, NULL]
--   Report: 0 1 2
--   then Report.lines of 0 by selectin

-- key_single
select animal.id, animal.kind, animal.name, animal.tricks from animal where animal.id = any($1) and animal.kind = any($2);
-- [NULL, ARRAY['dog']]

-- key_hierarchy
select employee.id, employee.type, employee.name, employee.company_id, manager.department, engineer.language from employee left join manager on manager.id = employee.id left join engineer on engineer.id = employee.id where employee.id = $1;
-- [NULL]
--   Employee: 0 1 2 3, told by 1; Manager: 0 1 2 3 4; Engineer: 0 1 2 3 5

-- key_joined
select line.id, line.year, line.kind, line."select", "Yearly report_1".year, "Yearly report_1".kind, "Yearly report_1".text from line left join "Yearly report" as "Yearly report_1" on "Yearly report_1".year = line.year and "Yearly report_1".kind = line.kind where line.id = $1;
-- [NULL]
--   Line: 0 1 2 3
--   Report: 4 5 6
--   joined Line.report: 0 to 1

-- sql_numbered
select * from label where id > $1;
-- [3]
--   alone

-- sql_named
select $1::int4 + $2, ':a', $$:b$$ /* :c */ from label where name = $1::text;
-- ['2', 1]
--   alone

-- sql_count
with q as (select 1 from label
) select count(*) from q;
--   alone

-- sql_any
with q as (delete from comment returning id
) select exists (select 1 from q);
--   alone

-- sql_json
with q as (select * from label
) select coalesce(json_agg(row_to_json(q)), '[]') from q;
--   alone
