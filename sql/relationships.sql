-- Foreign keys of every kind: for the names of relationships.

create table a (id serial primary key, other_id int unique);
create table b (id serial primary key, other_id int unique references a);
alter table a add foreign key (other_id) references b;
create table users (id serial primary key, avatar_id int);
create table photo (id serial primary key, user_id int not null unique references users on delete cascade);
alter table users add foreign key (avatar_id) references photo;
create table tag (id serial primary key);
create table photo_tags (photo_id int references photo, tag_id int references tag, primary key (photo_id, tag_id));
create table photo_hidden_tags (photo_id int references photo, tag_id int references tag, primary key (photo_id, tag_id));
create table node (id serial primary key, next_id int unique references node, parent_id int references node, root_id int references node);
create table country (code char(2) primary key);
create table city (country char(2) not null references country, name text, country_code char(2) references country, primary key (country, name));
create table street (city_country char(2), city_name text, name text primary key, foreign key (city_country, city_name) references city on delete cascade on update cascade);
create table two (id int primary key references users, x text check (x <> '') check (length(x) < 5));
