//! First and last names, by where they are common.

/// A place where people are called alike: weight among the staff, first names, last names.
pub(in crate::demo::company) struct Origin {
    /// How many of a hundred at each site: Hamburg, Lisbon, Krakow, Toronto, Bengaluru.
    pub(in crate::demo::company) weights: [u8; 5],
    pub(in crate::demo::company) first: &'static str,
    pub(in crate::demo::company) last: &'static str,
}

/// All of them.
pub(in crate::demo::company) const ORIGINS: &[Origin] = &[
    Origin {
        weights: [46, 3, 3, 3, 0],
        first: "Anna Lena Julia Katharina Sophie Hannah Miriam Franziska Svenja Johanna Theresa Antje Birte Wiebke Jonas Lukas Felix Tobias Matthias Stefan Florian Jan Niklas Hendrik Malte Sören Christian Philipp Moritz Thorsten Sebastian Henning",
        last: "Albrecht Brandt Claussen Dietrich Ehlers Feddersen Gerdes Hansen Harms Jansen Kröger Lindemann Lorenzen Mahler Nissen Oltmanns Petersen Quast Reimers Schröder Siemers Thiessen Ullrich Vogt Wegener Wulff Zander Behrens Bock Carstens Drews Eggers",
    },
    Origin {
        weights: [3, 62, 1, 5, 0],
        first: "Ana Beatriz Catarina Inês Joana Leonor Mariana Marta Rita Sofia Teresa Filipa André Bruno Diogo Duarte Gonçalo João Luís Miguel Nuno Pedro Rafael Ricardo Rui Tiago Vasco Thiago Camila Fernanda Larissa Gustavo",
        last: "Almeida Antunes Barros Batista Carvalho Coelho Correia Costa Cruz Duarte Esteves Faria Ferreira Figueiredo Fonseca Gomes Henriques Leal Lopes Machado Marques Matos Mendes Moreira Nogueira Oliveira Pacheco Pinto Ramos Ribeiro Tavares Teixeira",
    },
    Origin {
        weights: [8, 2, 66, 3, 0],
        first: "Agnieszka Aleksandra Barbara Dorota Ewa Joanna Karolina Katarzyna Magdalena Małgorzata Monika Natalia Weronika Zuzanna Adam Bartosz Damian Grzegorz Jakub Kamil Krzysztof Łukasz Maciej Marcin Mateusz Michał Paweł Piotr Przemysław Rafał Tomasz Wojciech",
        last: "Adamczyk Bąk Baran Chmielewski Dąbrowski Duda Gajewski Głowacki Górski Jabłoński Jaworski Kaczmarek Kalinowski Kowalczyk Kozłowski Krawczyk Król Lis Majewski Malinowski Mazur Nowak Olszewski Pawlak Pietrzak Sikora Sobczak Szymański Wieczorek Wilk Zając Zieliński",
    },
    Origin {
        weights: [3, 2, 1, 12, 84],
        first: "Aarti Aditi Ananya Deepa Divya Ishita Kavya Lakshmi Meera Nandini Neha Pooja Priya Rashmi Shreya Sneha Swathi Vidya Aditya Ajay Anand Arjun Ashwin Deepak Gaurav Harish Karthik Manoj Nikhil Pranav Rahul Rohan Sanjay Siddharth Suresh Varun Vikram Vinay",
        last: "Acharya Agarwal Balakrishnan Bhat Chandrasekhar Deshpande Gopal Gowda Gupta Hegde Iyer Jain Joshi Kamath Kulkarni Kumar Mehta Menon Mishra Murthy Nair Pai Patel Pillai Rao Reddy Sharma Shetty Srinivasan Subramanian Thakur Varma",
    },
    Origin {
        weights: [5, 5, 3, 34, 3],
        first: "Alice Caroline Claire Emily Erin Grace Hailey Heather Jessica Laura Megan Olivia Rachel Sarah Adam Alex Andrew Ben Colin Daniel David Ethan Graham Ian Jack James Kevin Mark Nathan Owen Patrick Ryan",
        last: "Anderson Bailey Bennett Campbell Carter Clarke Cooper Davies Ellis Fletcher Fraser Graham Hughes Kelly Lawson MacDonald Marshall Mitchell Morgan Murphy O'Brien Parker Reid Robertson Scott Sinclair Stewart Sullivan Thompson Walker Watson Wright",
    },
    Origin {
        weights: [3, 5, 1, 13, 0],
        first: "Amélie Camille Céline Chloé Élodie Juliette Manon Mathilde Océane Pauline Antoine Baptiste Benoît Étienne Guillaume Hugo Julien Laurent Mathieu Nicolas Olivier Simon",
        last: "Beaulieu Bergeron Bouchard Caron Desjardins Dubois Fontaine Fortin Gagnon Girard Lachance Lambert Lavoie Leclerc Lefebvre Martel Mercier Moreau Pelletier Rousseau Tremblay Vachon",
    },
    Origin {
        weights: [8, 1, 0, 2, 0],
        first: "Aylin Burcu Ceren Defne Elif Gizem Merve Selin Zeynep Ahmet Barış Berk Can Deniz Emre Kerem Mehmet Murat Onur Serkan Umut Yusuf",
        last: "Acar Aksoy Arslan Aydın Çelik Demir Doğan Erdem Güneş Kaya Kılıç Koç Korkmaz Öztürk Polat Şahin Şimşek Tekin Yalçın Yıldız Yılmaz Yavuz",
    },
    Origin {
        weights: [6, 2, 20, 4, 0],
        first: "Anastasiia Daria Iryna Kateryna Mariia Oksana Olena Sofiia Tetiana Yuliia Andrii Artem Bohdan Dmytro Ihor Maksym Mykola Oleh Oleksandr Roman Serhii Taras Vitalii Yurii",
        last: "Bondarenko Boyko Hrytsenko Ivanenko Kovalchuk Kovalenko Kravchenko Kuzmenko Lysenko Marchenko Melnyk Moroz Oliynyk Pavlenko Petrenko Polishchuk Rudenko Savchenko Shevchuk Tkachenko Vasylenko Yurchenko",
    },
    Origin {
        weights: [6, 2, 1, 2, 0],
        first: "Astrid Freja Ida Ingrid Karin Linnea Maja Signe Anders Björn Emil Erik Fredrik Gustav Henrik Johan Lars Magnus Mikkel Nils Oskar Rasmus",
        last: "Andersson Bergström Christensen Dahl Eriksson Forsberg Hedlund Holm Johansson Karlsson Kjær Larsen Lindqvist Lund Mikkelsen Nilsson Nygaard Olsson Rasmussen Sandberg Söderström Winther",
    },
    Origin {
        weights: [2, 6, 1, 2, 0],
        first: "Alba Carmen Elena Irene Laura Lucía Marina Paula Alejandro Álvaro Carlos Diego Javier Pablo Sergio",
        last: "Álvarez Castillo Domínguez Fernández Gutiérrez Herrera Jiménez Molina Navarro Ortega Romero Serrano Vega",
    },
    Origin {
        weights: [1, 3, 0, 1, 0],
        first: "Chiara Elena Francesca Giulia Martina Silvia Alessandro Andrea Davide Lorenzo Luca Matteo Tommaso",
        last: "Bianchi Colombo Conti Esposito Ferrari Gallo Greco Marino Moretti Ricci Rinaldi Santoro",
    },
    Origin {
        weights: [2, 1, 1, 9, 0],
        first: "Jia Li Mei Ting Xin Yan Ying Yue Hao Jian Jun Kai Lei Ming Wei Yi Zhen",
        last: "Chan Chen Cheng Chiu Feng Gao Guo Huang Lam Leung Lin Liu Lu Ma Tang Wang Wong Wu Xu Yang Yip Zhang Zhao Zhou",
    },
    Origin {
        weights: [1, 0, 0, 2, 0],
        first: "Hanh Huong Lan Linh Mai Thao Trang Duc Hieu Khanh Minh Nam Quang Thanh Tuan",
        last: "Bui Dang Do Duong Hoang Huynh Le Ngo Nguyen Pham Phan Tran Truong Vo Vu",
    },
    Origin {
        weights: [1, 0, 0, 3, 0],
        first: "Eun-ji Hye-jin Ji-woo Min-seo Seo-yeon Soo-jin Yuna Dong-hyun Hyun-woo Jae-won Joon-ho Min-jun Sung-ho Tae-yang",
        last: "Choi Han Hong Jang Jeong Kang Kim Kwon Lim Oh Park Seo Shin Yoon",
    },
    Origin {
        weights: [3, 2, 1, 3, 0],
        first: "Amira Dalia Farah Hana Leila Mariam Nadia Noor Salma Yasmin Ahmad Anas Bilal Hassan Karim Omar Samir Tariq Walid Youssef",
        last: "Abbas Aziz Bakri Darwish Masri Farouk Haddad Ibrahim Jaber Khalil Mansour Nasser Saleh Zaman",
    },
    Origin {
        weights: [1, 1, 0, 2, 7],
        first: "Aisha Amna Fatima Hira Maryam Sana Sara Zahra Zoya Ali Faisal Hamza Imran Kamran Omar Rizwan Salman Usman",
        last: "Ahmed Akhtar Ansari Chaudhry Hussain Iqbal Khan Malik Mirza Qureshi Rahman Raza Shaikh Siddiqui",
    },
    Origin {
        weights: [1, 2, 0, 3, 0],
        first: "Adaeze Amara Chiamaka Ifeoma Ngozi Nkechi Chidi Chinedu Emeka Ifeanyi Kelechi Obinna Uche",
        last: "Agu Chukwu Eze Ibe Nnamdi Nwosu Obi Okafor Okeke Okonkwo Onyekachi Uzor",
    },
    Origin {
        weights: [1, 1, 0, 2, 0],
        first: "Abena Adwoa Akosua Ama Efua Esi Yaa Kofi Kojo Kwabena Kwame Kwesi Yaw",
        last: "Acheampong Addo Agyeman Amoah Asante Boateng Danso Mensah Ofori Osei Owusu Sarpong",
    },
    Origin {
        weights: [4, 2, 2, 2, 0],
        first: "Anouk Femke Fleur Lieke Maartje Marloes Roos Sanne Bram Daan Jeroen Joris Koen Maarten Pieter Ruben Sander Thijs Wouter",
        last: "Bakker Bos Dekker Dijkstra Hendriks Hoekstra Huisman Kuipers Meijer Mulder Peeters Postma Schouten Smit Timmermans Veenstra Verhoeven Visser Vos Willems",
    },
];

/// Logins that have nothing to do with the name.
pub(in crate::demo::company) const NICKNAMES: &[&str] = &[
    "kaffeekatze",
    "nullpainter",
    "tidewater",
    "moin-moin",
    "segfaultsam",
    "codeotter",
    "pixelmoewe",
    "bytebarista",
    "quietstorm",
    "saudade-dev",
    "smallrobots",
    "patchwerk",
    "nordlicht",
    "mittwochskind",
    "alfama",
    "zubr",
    "pierogi-driven",
    "yak-razor",
    "elbsegler",
    "thirdtab",
    "lazyeval",
    "tramline28",
    "chai-and-git",
    "maplecommit",
    "filterkaffee",
    "dosa-dev",
    "heisenbugger",
    "rubberduckie",
    "windrose",
    "tealeaf",
    "fjordfoam",
    "greenfieldfan",
    "notabot77",
    "lowtide",
    "vimtastic",
    "ctrlaltdefeat",
    "moonpie",
    "barnacle",
    "spacesnottabs",
    "kettlebell",
    "octopine",
    "wolkenkuckuck",
    "pasteldenata",
    "mangrove",
    "sundaypatch",
    "bitflipper",
    "ferrofish",
    "langsamdev",
    "oxbow",
    "ravelin",
    "stillwater",
    "tinytypes",
    "umlaut",
    "verdigris",
    "wickerman",
    "xylem",
    "zephyrine",
];
