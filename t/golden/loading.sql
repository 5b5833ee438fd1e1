-- o2m_lazy_select
select category.id, category.name from category order by category.id;
select post.category_id, post.id, post.title, post.category_id from post where post.category_id = any($1) order by post.id; -- ARRAY[1, 3, 2]

-- o2m_lazy_True
select category.id, category.name from category order by category.id;
select post.category_id, post.id, post.title, post.category_id from post where post.category_id = any($1) order by post.id; -- ARRAY[1, 3, 2]

-- o2m_lazy_joined
select category.id, category.name, post_1.id, post_1.title, post_1.category_id from category left join post as post_1 on post_1.category_id = category.id order by category.id, post_1.id;

-- o2m_lazy_subquery
select category.id, category.name from category order by category.id;
select post.category_id, post.id, post.title, post.category_id from post where post.category_id in (select category.id from category) order by post.id;

-- o2m_lazy_selectin
select category.id, category.name from category order by category.id;
select post.category_id, post.id, post.title, post.category_id from post where post.category_id = any($1) order by post.id; -- ARRAY[1, 2, 3]

-- o2m_lazy_immediate
select category.id, category.name from category order by category.id;
select post.category_id, post.id, post.title, post.category_id from post where post.category_id = any($1) order by post.id; -- ARRAY[1, 2, 3]

-- o2m_lazy_noload
select category.id, category.name from category order by category.id;

-- o2m_lazy_raise
select category.id, category.name from category order by category.id;

-- o2m_lazy_raise_on_sql
select category.id, category.name from category order by category.id;

-- dynamic_ops
select category.id, category.name from category where category.id = $1; -- 1
select count(*) from post where post.category_id = $1; -- 1
select post.id, post.title, post.category_id from post where post.category_id = $1 and post.title <> $2 order by post.id; -- 1, 'Python-2'
select post.id, post.title, post.category_id from post where post.category_id = $1 order by post.id limit $2; -- 1, 1
select post.id, post.title, post.category_id from post where post.category_id = $1 order by post.id limit $2; -- 1, 1
INSERT INTO post (title, category_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id; -- ARRAY['new'], ARRAY[1]
select count(*) from post where post.category_id = $1; -- 1

-- joined_with_limit
select category.id, category.name, post_1.id, post_1.title, post_1.category_id from (select category.id, category.name from category order by category.id limit $1) as category left join post as post_1 on post_1.category_id = category.id order by category.id, post_1.id; -- 2

-- joined_first
select category.id, category.name, post_1.id, post_1.title, post_1.category_id from (select category.id, category.name from category order by category.id limit $1) as category left join post as post_1 on post_1.category_id = category.id order by category.id, post_1.id; -- 1

-- option_joinedload
select category.id, category.name, post_1.id, post_1.title, post_1.category_id from category left join post as post_1 on post_1.category_id = category.id order by category.id, post_1.id;

-- option_lazyload_over_joined
select category.id, category.name from category order by category.id;
select post.category_id, post.id, post.title, post.category_id from post where post.category_id = any($1) order by post.id; -- ARRAY[1, 2, 3]

-- with_parent
select category.id, category.name from category where category.id = $1; -- 1
select post.id, post.title, post.category_id from post where post.category_id = $1 and post.title <> $2; -- 1, 'Python-2'

-- m2o_lazy_select
select post.id, post.title, post.category_id from post order by post.id;
select category.id, category.id, category.name from category where category.id = any($1); -- ARRAY[1, 2]

-- m2o_lazy_joined
select post.id, post.title, post.category_id, category_1.id, category_1.name from post left join category as category_1 on category_1.id = post.category_id order by post.id;

-- m2o_lazy_joined_innerjoin_option
select post.id, post.title, post.category_id, category_1.id, category_1.name from post join category as category_1 on category_1.id = post.category_id order by post.id;

-- m2o_lazy_selectin
select post.id, post.title, post.category_id from post order by post.id;
select category.id, category.id, category.name from category where category.id = any($1); -- ARRAY[1, 2]

-- m2o_lazy_subquery
select post.id, post.title, post.category_id from post order by post.id;
select category.id, category.id, category.name from category where category.id in (select post.category_id from post);

-- m2m_lazy_select
select page.id from page order by page.id;
select tags_1.page_id, tag.id from tags as tags_1 join tag on tag.id = tags_1.tag_id where tags_1.page_id = any($1) order by tag.id; -- ARRAY[1, 2]

-- m2m_lazy_joined
select page.id, tag_1.id from page left join (tags as tags_1 join tag as tag_1 on tag_1.id = tags_1.tag_id) on tags_1.page_id = page.id order by page.id, tag_1.id;

-- m2m_lazy_subquery
select page.id from page order by page.id;
select tags_1.page_id, tag.id from tags as tags_1 join tag on tag.id = tags_1.tag_id where tags_1.page_id in (select page.id from page) order by tag.id;

-- m2m_lazy_selectin
select page.id from page order by page.id;
select tags_1.page_id, tag.id from tags as tags_1 join tag on tag.id = tags_1.tag_id where tags_1.page_id = any($1) order by tag.id; -- ARRAY[1, 2]

-- m2m_backref_lazy
select tag.id from tag order by tag.id;
select tags_1.tag_id, page.id from tags as tags_1 join page on page.id = tags_1.page_id where tags_1.tag_id = any($1) order by page.id; -- ARRAY[1, 2]

-- filters
INSERT INTO category (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id; -- ARRAY['x']
select category.id, category.name from category where category.name = $1 limit $2; -- 'x', 2
select count(*) from category where category.name like $1; -- '%thon'
select count(*) from category where category.name like $1; -- 'P%'

-- identity_map_same_object
select category.id, category.name from category where category.name = $1 limit $2; -- 'Python', 2
select category.id, category.name from category where category.name = $1 limit $2; -- 'Python', 1

-- query_get_missing
select category.id, category.name from category where category.id = $1; -- 99

-- query_get_none

-- query_get_string

-- query_get_bad_string

-- query_get_tuple
select category.id, category.name from category where category.id = $1; -- 1

-- query_get_wrong_arity

-- query_get_huge

-- query_first_empty
select category.id, category.name from category where category.name = $1 limit $2; -- 'zz', 1

-- query_one_empty
select category.id, category.name from category where category.name = $1 limit $2; -- 'zz', 2

-- query_one_multiple
select category.id, category.name from category limit $1; -- 2

-- query_one_or_none_empty
select category.id, category.name from category where category.name = $1 limit $2; -- 'zz', 2

-- query_scalar_multiple
select category.id from category limit $1; -- 2

-- query_limit_0
select category.id, category.name from category limit $1; -- 0

-- query_limit_negative

-- query_offset_negative

-- query_filter_after_limit

-- query_order_by_unknown_filter_by

-- query_filter_none_is_null
select count(*) from post where post.category_id is null;

-- query_filter_in_empty
select count(*) from post where post.id = any($1); -- ARRAY[]

-- query_filter_in
select count(*) from post where post.id = any($1); -- ARRAY[1, 2]

-- query_endswith_special
select count(*) from category where category.name like $1; -- '%\%'

